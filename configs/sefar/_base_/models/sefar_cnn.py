# Configs that an earlier tools/data/make_lists.py wrote name this file.
raise ValueError('_base_/models/sefar_cnn.py is gone; run tools/data/make_lists.py again')
