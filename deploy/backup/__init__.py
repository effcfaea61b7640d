"""Backup and restore of PostgreSQL. Kafka is transport and is not backed up; see docs/runbooks/backup.md."""
