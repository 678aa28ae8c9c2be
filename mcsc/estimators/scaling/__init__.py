"""What several sizes say together: critical exponents, collapses, the order of a transition."""
