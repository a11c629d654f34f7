"""The pictures of the documents, from those that the tests took: ``python -m docs.pictures``, after ``make test``."""

from pathlib import Path

from PIL import Image

TAKEN = Path(__file__).resolve().parents[1] / "runs" / "screenshots"
FOLDER = Path(__file__).with_name("pictures")
PICTURES = {"answer.png": "tab-answer-1280-light.png", "model.png": "tab-model-1280-light.png"}
WIDTH = 760
COLOURS = 64


def main() -> None:
    """Writes each picture, scaled and with few colours, so that it stays small."""
    FOLDER.mkdir(exist_ok=True)
    for name, taken in PICTURES.items():
        with Image.open(TAKEN / taken) as picture:
            height = round(picture.height * WIDTH / picture.width)
            small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
            small.quantize(COLOURS).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
