"""Create PyTorch Lightning research projects and grow them."""
