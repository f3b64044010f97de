"""What is checked before the first batch, and while training."""
