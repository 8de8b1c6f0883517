"""`make bench`: what the service costs, as ratios measured in one run. See docs/performance.md."""
