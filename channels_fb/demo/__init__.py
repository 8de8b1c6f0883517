"""`make demo`: the whole service on one machine, with a simulated Messenger, a small bot and a story."""
