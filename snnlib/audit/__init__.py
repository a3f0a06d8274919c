"""What one's own network gives away."""
