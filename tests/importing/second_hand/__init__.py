"""Ten more exports, by another hand than the first twenty."""
