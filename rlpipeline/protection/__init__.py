"""The edition to share: figures from which no young person can be recognised."""
