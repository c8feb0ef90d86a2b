"""Kinematics of the athlete: an element as joint positions over time.

World axes: x to the right of the scene, y away from the camera, z up; lengths in metres. Body axes:
u forward (out of the chest), v to the athlete's left, w along the spine towards the head.

An element turns the body by 0.5, 1 or 1.5 whole *turns* about its axis v (salto) or about the bar
(giant circle), starting on the feet or on the hands. "Forward" is the athlete's own forward. Body,
heading, speed, flight and the moment of opening are random, so a still frame tells neither the
direction nor the number of turns. Played backwards, a forward element *is* a backward one: only the
order of the frames tells them apart.
"""

from typing import NamedTuple

import numpy as np

from .elements import Element

SEGMENTS = {
    'torso': 0.50,
    'neck': 0.12,
    'upper_arm': 0.28,
    'forearm': 0.30,
    'thigh': 0.42,
    'shank': 0.44,
}
SHOULDER_WIDTH, HIP_WIDTH, BAR_HEIGHT = 0.34, 0.22, 2.2
# Flexion in degrees while rotating: hip, knee, shoulder (0 = arms along the body, 180 = overhead).
SHAPES = {'tucked': (125, 140, 30), 'piked': (95, 5, 80), 'stretched': (8, 3, 175)}
JOINTS = (
    'head',
    'neck',
    *(f'{side}_{part}' for side in 'lr' for part in ('shoulder', 'elbow', 'hand')),
    *(f'{side}_{part}' for side in 'lr' for part in ('hip', 'knee', 'foot')),
)


class Motion(NamedTuple):
    """Joints of a clip.

    Attributes:
        joints: Maps each name in ``JOINTS`` to float64 (T, 3), in metres.
        front: float64 (T, 3), unit vector out of the chest.
    """

    joints: dict[str, np.ndarray]
    front: np.ndarray


def _flexed(bend: np.ndarray, u: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Unit vector that hangs along -w, bent by ``bend`` radians towards u."""
    return np.sin(bend)[:, None] * u - np.cos(bend)[:, None] * w


def perform(element: Element, num_frames: int, rng: np.random.Generator) -> Motion:
    """Let an athlete of random build perform an element at random speed, phase and heading.

    Args:
        element: The class.
        num_frames: T.
        rng: Source of everything that is random.
    """
    size = rng.uniform(0.9, 1.1)
    length = {name: size * value * rng.uniform(0.92, 1.08) for name, value in SEGMENTS.items()}
    rest = rng.uniform(0.0, 0.08)
    heading = np.radians(rng.uniform(-25, 25))
    start = np.radians(rng.choice([0, 180]) + rng.uniform(-15, 15))
    hip, knee, shoulder = (
        np.radians(angle + rng.uniform(-8, 8)) for angle in SHAPES[element.shape]
    )
    travel, height = rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4)
    top, open_at = rng.uniform(0, 1, 2)  # at any time, so that height and opening tell no time

    time = (np.arange(num_frames) + rng.uniform(0, 1)) / num_frames
    time = np.clip((time - rest) / (1 - 2 * rest), 0, 1)
    if element.direction == 'backward':
        time = 1 - time
    pitch = (start + 2 * np.pi * element.turns * time)[:, None]
    bent = 1 - rng.uniform(0, 0.25) * np.exp(-(((time - open_at) / 0.2) ** 2))

    up = np.broadcast_to([0.0, 0.0, 1.0], (num_frames, 3))
    along = np.broadcast_to([np.cos(heading), np.sin(heading), 0.0], (num_frames, 3))
    w = np.cos(pitch) * up + np.sin(pitch) * along
    u = np.cos(pitch) * along - np.sin(pitch) * up
    v = np.cross(w, u)

    arms_up = np.radians(170)
    lift = arms_up + bent * (shoulder - arms_up)
    thigh_dir = _flexed(bent * hip, u, w)
    shank_dir = _flexed(bent * (hip - knee), u, w)
    arm_dir = _flexed(lift, u, w)
    spine = length['torso'] * w
    reach = (length['upper_arm'] + length['forearm']) * arm_dir

    if element.event == 'FX':
        flight = 1.2 + height * (1 - 4 * (time - top) ** 2)  # parabola
        pelvis = flight[:, None] * up + (travel * (time - 0.5))[:, None] * along
    else:
        pelvis = BAR_HEIGHT * up - spine - reach

    joints = {'neck': pelvis + spine, 'head': pelvis + spine + length['neck'] * w}
    for side, sign in (('l', 1.0), ('r', -1.0)):
        shoulder_at = pelvis + 0.92 * spine + sign * size * SHOULDER_WIDTH / 2 * v
        hip_at = pelvis + sign * size * HIP_WIDTH / 2 * v
        elbow = shoulder_at + length['upper_arm'] * arm_dir
        knee_at = hip_at + length['thigh'] * thigh_dir
        joints |= {
            f'{side}_shoulder': shoulder_at,
            f'{side}_elbow': elbow,
            f'{side}_hand': elbow + length['forearm'] * arm_dir,
            f'{side}_hip': hip_at,
            f'{side}_knee': knee_at,
            f'{side}_foot': knee_at + length['shank'] * shank_dir,
        }
    return Motion(joints, u)
