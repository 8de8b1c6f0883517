"""Real processes, killed at every step of their work: what is true afterwards, and is nothing blocked?"""
