"""Train a recognizer; the command line of MMAction2's tools/train.py."""

from sefar.mmaction_tools import run_mmaction_tool

if __name__ == '__main__':
    run_mmaction_tool('train')
