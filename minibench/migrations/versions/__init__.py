"""One file a migration, named by what it brings."""
