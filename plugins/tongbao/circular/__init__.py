"""From computed figures to the Word circular: blocks, wording, document, gate."""
