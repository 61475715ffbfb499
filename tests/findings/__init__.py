"""Each rule with a connection that has its case, one that nearly has it, one that cannot tell."""
