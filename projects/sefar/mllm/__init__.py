"""SeFAR as the eyes of a language model (paper, section "SeFAR Empowers MLLMs", Table 5)."""

from .answerer import MultipleChoiceAnswerer
from .choice_accuracy import ChoiceAccuracy
from .question_dataset import QuestionDataset

__all__ = ['ChoiceAccuracy', 'MultipleChoiceAnswerer', 'QuestionDataset']
