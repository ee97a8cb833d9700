"""Writes the images of this folder and what they decode to; run with pillow 12 and pyarrow 25."""

import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

random.seed(0)
WIDTH, HEIGHT = 6, 5


def smooth(mode, channels):
    image = Image.new(mode, (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            values = tuple((40 * x + 30 * y * (c + 1)) % 256 for c in range(channels))
            image.putpixel((x, y), values[0] if channels == 1 else values)
    return image


expected = {}


def write(name, image, shown=None, **options):
    image.save(name, **options)
    shown = shown or (Image.open(name) if name.endswith("jpg") else image)
    expected[name] = {"width": shown.width, "height": shown.height, "pixels": list(shown.tobytes())}


gray, color = smooth("L", 1), smooth("RGB", 3)
write("gray.png", gray)
write("color.png", color, optimize=True)

bits = gray.point(lambda value: 255 if value > 99 else 0).convert("1")
write("bits.png", bits, bits.convert("L"))

palette = color.quantize(8)
write("palette.png", palette, palette.convert("RGB"))

deep = Image.new("I;16", (WIDTH, HEIGHT))
for y in range(HEIGHT):
    for x in range(WIDTH):
        deep.putpixel((x, y), gray.getpixel((x, y)) * 256 + 77)
write("deep.png", deep, gray)

clear = color.copy()
clear.putalpha(Image.linear_gradient("L").resize((WIDTH, HEIGHT)))
white = Image.new("RGBA", clear.size, "white")
white.alpha_composite(clear)
write("transparent.png", clear, white.convert("RGB"))

write("gray.jpg", gray, quality=95)
write("color.jpg", color, quality=95, subsampling=0)
write("progressive.jpg", color, quality=95, subsampling=0, progressive=True)
exif = Image.Exif()
exif[0x0112] = 6
turned = color.transpose(Image.Transpose.ROTATE_90)
turned.save("turned.jpg", quality=95, subsampling=0, exif=exif)
upright = Image.open("turned.jpg").transpose(Image.Transpose.ROTATE_270)
write("turned.jpg", turned, upright, quality=95, subsampling=0, exif=exif)
with open("expected.json", "w") as file:
    json.dump(expected, file)


def encoded(image, kind):
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def table(rows):
    struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    images = [{"bytes": image, "path": path} for image, path, _ in rows]
    return pa.table({"image": pa.array(images, struct), "label": pa.array([row[2] for row in rows], pa.int64())})


def plain(index):
    return encoded(Image.new("RGB", (8, 8), (10 * index, 20 * index, 255 - index)), "PNG")


train = [(plain(index), f"{index}.png", index % 2) for index in range(6)]
train[2] = (train[2][0][:40], "2.png", 0)
train[3] = (encoded(Image.new("L", (8, 8), 50), "JPEG"), "3.jpg", 1)
pq.write_table(table(train), "train.parquet", compression="snappy")
pq.write_table(table([(plain(index), None, index % 2) for index in range(9, 12)]), "test.parquet", compression="snappy")
pq.write_table(table([(plain(1), None, -1)] * 2), "unlabelled.parquet", compression="snappy")
