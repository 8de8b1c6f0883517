"""What the handovers of a span and the threads of this moment amount to, for staff to read."""
