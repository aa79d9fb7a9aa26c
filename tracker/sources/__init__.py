"""Where data comes from: the only code that touches the network, one file a source."""
