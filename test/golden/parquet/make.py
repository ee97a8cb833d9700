"""Writes the parquet files of this folder; run with pyarrow 25."""

import pyarrow as pa
import pyarrow.parquet as pq

texts = [None if row % 7 == 3 else f"Row {row}: ein Wort, 語, 🦜\n" * (row % 3) for row in range(25)]
rows = pa.table({"id": pa.array(range(25), pa.int64()), "text": texts})
pq.write_table(rows, "text_v1_snappy.parquet", row_group_size=10)
pq.write_table(rows, "text_v2_zstd.parquet", row_group_size=10, compression="zstd", data_page_version="2.0")

binary = pa.table({"title": ["a", "b"], "body": pa.array([b"caf\xc3\xa9", b"x"], pa.binary())})
pq.write_table(binary, "binary.parquet", compression="gzip")

image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
images = pa.table({
    "img": pa.array([{"bytes": bytes([255, 216, row, 0]), "path": f"{row}.jpg"} for row in range(3)], image),
    "label": pa.array([2, 0, 1], pa.int64()),
})
pq.write_table(images, "images.parquet", compression="none")
