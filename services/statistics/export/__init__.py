"""A release as files. Every encoder is a pure function to bytes: the same release gives the same file years later."""
