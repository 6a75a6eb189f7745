"""What runs the system outside of AWS: on this machine, and how Lambda's emulator runs it."""
