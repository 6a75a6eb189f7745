"""AWS's emulator of Lambda on this machine: packages as deployed, and a runtime for them."""
