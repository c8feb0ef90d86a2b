"""Bad input for every command, and what comes of it (docs/reliability.md)."""
