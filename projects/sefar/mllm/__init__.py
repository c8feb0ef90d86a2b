"""SeFAR as the eyes of a language model (paper, section "SeFAR Empowers MLLMs", Table 5)."""
