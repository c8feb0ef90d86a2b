"""SynthGym: a rendered fine-grained action data set, made in under a minute."""
