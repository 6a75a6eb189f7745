"""What runs the system outside of AWS's own console: the local stack and the demo."""
