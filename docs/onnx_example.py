"""A clip's class by onnxruntime and decord: python onnx_example.py MODEL.onnx CLIP.mp4."""

import json
import sys

import decord
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
about = json.loads(session.get_modelmeta().custom_metadata_map['sefar'])
height, width, _ = decord.VideoReader(sys.argv[2])[0].shape
scale = about['short_sides'][-1] / min(height, width)
size = dict(height=round(height * scale), width=round(width * scale))
reader = decord.VideoReader(sys.argv[2], **size)
numbers = [int(point * len(reader)) for point in about['frames']]
frames = reader.get_batch(numbers).asnumpy()  # uint8 (K, H, W, 3)
side = about['crop']
top, left = (size['height'] - side) // 2, (size['width'] - side) // 2
frames = frames[:, top : top + side, left : left + side].transpose(3, 0, 1, 2)
logits = session.run(None, {'frames': frames[None].astype(np.float32)})[0][0]
probs = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
for label in probs.argsort()[::-1][:3]:
    print(f'{about["classes"][label]} {probs[label]:.3f}')
