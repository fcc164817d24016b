"""A small made-up Lampung for this room's tests: people in families, rows with faults, filters in cells, and the truth.

Its own and simpler than the project's synthetic data, so that the model is not tuned on what will judge it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pytest

from linkage.matching.passes import Pass, run_pass


def _words(text):
    return text.split()


MEN = _words(
    "AGUS BUDI SLAMET SUTRISNO WAHYU EKO JOKO SUGENG HERI RUDI YANTO DEDI ANDI HENDRA IWAN RIDWAN SUPRIYADI "
    "SURYADI PONIMAN TUKIMAN WAGIMIN SAMSUL AHMAD ABDUL ZAINAL MAHMUD IBRAHIM YUSUF RAHMAN HASAN HUSIN ILHAM "
    "RIZKI FAJAR BAGUS ARIF DIMAS KETUT WAYAN MADE NYOMAN RAHMAT HIDAYAT FIRMAN ANTON "
)
WOMEN = _words(
    "SRI SITI NURHAYATI DEWI RINA YANI WATI LESTARI SUMIATI SUPARTI PAINEM TUMINAH SULASTRI ENDANG RATNA FITRI "
    "AYU INDAH MARYAM AMINAH FATIMAH KHADIJAH ROHANI ROHAYATI NURUL HASANAH LINA EKA DWI TRI PUTRI MEGA WULAN "
    "NINGSIH SUSANTI RAHAYU KOMANG LUH SARI YULIANTI MARLINA ROSDIANA ERNAWATI JUMIATI "
)
LAST = _words(
    "SAPUTRA WIJAYA SANTOSO SUSANTO PRASETYO NUGROHO SETIAWAN KURNIAWAN HIDAYAT RAMADHAN MAULANA FIRMANSYAH "
    "GUNAWAN HARYANTO SUSILO UTOMO WIBOWO PRATAMA HERMAWAN SAPUTRI ANGGRAINI PERMATA LESTARI RAHMAWATI "
    "HANDAYANI PUSPITASARI WULANDARI KUSUMA UTAMI MULYANI OKTAVIANI SAFITRI SUHENDRA ISKANDAR EFENDI JAYA "
    "BASRI SYAHPUTRA MANURUNG NASUTION "
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ANCHORS = ("date", "year", "village", "nik")


@dataclass(frozen=True, slots=True)
class Dials:
    """Sizes and fault rates of the made-up rows."""

    people: int = 20_000
    villages: int = 300
    seed: int = 7
    wrong_nik: float = 0.11
    wrong_date: float = 0.03
    wrong_sex: float = 0.015
    no_date: float = 0.08
    wrong_kk: float = 0.17
    moved: float = 0.03
    no_sex: float = 0.0
    layered: bool = False


@dataclass(frozen=True, slots=True)
class Lampung:
    handle_map: pa.Table
    tokens: pa.Table
    tables: dict[str, pa.Table]
    truth: pa.Table
    groups: dict[str, np.ndarray]
    rows: list[dict[str, object]]
    layered: bool

    def passes(self, floor: float) -> dict[str, Pass]:
        return {name: run_pass(table, 0.0 if name == "nik" else floor) for name, table in self.tables.items()}

    def strangers(self, number: int, seed: int) -> np.ndarray:
        """Dice of the names of two people of one sex, as in one cell: float32[at most number]."""
        rng = np.random.default_rng(seed)
        rows = [self.rows[at] for at in rng.choice(len(self.rows), 2_500, replace=False)]
        person, male = (np.array([row[name] for row in rows]) for name in ("person", "male"))
        one, other = rng.integers(len(rows), size=(2, 3 * number))
        pairs = np.flatnonzero((person[one] != person[other]) & (male[one] == male[other]))[:number]
        filters = encode([row["name"] for row in rows], np.full(len(rows), 77, np.uint64), 1024)
        words = (layer(filters, rng) if self.layered else filters).view(np.uint64)
        sizes = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
        left, right = one[pairs], other[pairs]
        common = np.bitwise_count(words[left] & words[right]).sum(axis=1, dtype=np.int64)
        return (2 * common / (sizes[left] + sizes[right])).astype(np.float32)


def lampung(dials: Dials) -> Lampung:
    rng = np.random.default_rng(dials.seed)
    rows = _rows(_people(rng, dials), rng, dials)
    return _split(rows, rng, dials)


def _name(rng, male):
    first, pool = (MEN, LAST) if male else (WOMEN, LAST + WOMEN[:20])

    def pick(words):
        return words[min(int(rng.zipf(1.3)) + int(rng.integers(0, 12)), len(words)) - 1]

    words = [pick(first)]
    if rng.random() < 0.18:
        words.insert(0, "MUHAMMAD" if male else "SITI")
    words += [pick(pool) for chance in (0.75, 0.25) if rng.random() < chance]
    return " ".join(words)


def _people(rng, dials):
    """Make families of one to six with one card and village, some with a surname or twins."""
    people = []
    while len(people) < dials.people:
        family, village = len(people), int(rng.integers(dials.villages))
        surname = LAST[rng.integers(len(LAST))] if rng.random() < 0.3 else ""
        for place in range(int(rng.integers(1, 7))):
            male = bool(rng.random() < 0.5) if place > 1 else place == 0
            year = int(rng.integers(1950, 1985)) if place < 2 else int(rng.integers(1985, 2018))
            day = year * 372 + int(rng.integers(372))
            if rng.random() < 0.09:
                day = year * 372 + 371
            if place > 2 and rng.random() < 0.02:
                day, male = people[-1]["date"], people[-1]["male"]
            name = _name(rng, male)
            if surname and place > 1 and " " not in name:
                name = f"{name} {surname}"
            people.append(
                {"name": name, "male": male, "date": day, "village": village, "kk": family, "nik": 10_000 + len(people)}
            )
    return people[: dials.people]


def _typo(rng, name):
    kind, at = rng.random(), int(rng.integers(len(name)))
    letter = LETTERS[rng.integers(26)]
    if kind < 0.04:
        return name[:at] + letter + name[at + 1 :]
    if kind < 0.07:
        return name[:at] + name[at + 1 :] or name
    if kind < 0.09:
        return name[:at] + letter + name[at:]
    words = name.split()
    if kind < 0.12 and len(words) > 1:
        return " ".join(words[:-1])
    if kind < 0.15 and len(words) > 1:
        return " ".join([*words[:-1], words[-1][0]])
    if kind < 0.17 and words[0] == "MUHAMMAD":
        return " ".join(["MOHAMAD", *words[1:]])
    return name


def _rows(people, rng, dials):
    no_nik = (0.02, 0.05, 0.08, 0.10, 0.17, 0.30)
    rows = []
    for person, who in enumerate(people):
        for _ in range(1 + rng.poisson(1.0)):
            row = dict(who, person=person, born=who["date"], name=_typo(rng, who["name"]))
            row["nik_date"] = who["date"]
            if rng.random() < no_nik[rng.integers(6)]:
                row["nik"] = -1
            elif rng.random() < dials.wrong_nik:
                row["nik"] = 10**7 + int(rng.integers(10**7))
                if rng.random() < 0.3:
                    row["nik_date"] = int(rng.integers(1950 * 372, 2018 * 372))
                if rng.random() < 0.05:
                    other = people[min(person + 1, len(people) - 1)]
                    row["nik"], row["nik_date"] = other["nik"], other["date"]
            if rng.random() < dials.no_date:
                row["date"] = -1
            elif rng.random() < dials.wrong_date:
                same_year = rng.random() < 0.5
                row["date"] = (
                    who["date"] // 372 * 372 + int(rng.integers(372))
                    if same_year
                    else int(rng.integers(1950 * 372, 2018 * 372))
                )
            if rng.random() < dials.wrong_sex:
                row["male"] = not row["male"]
            if rng.random() < dials.wrong_kk:
                row["kk"] = -1 if rng.random() < 0.4 else 10**7 + int(rng.integers(10**7))
            if rng.random() < dials.moved:
                row["village"] = int(rng.integers(dials.villages))
            # Where there is a NIK or a date, the sex is in one or beside the other.
            row["sexes"] = (
                (0, 1) if row["nik"] < 0 and row["date"] < 0 and rng.random() < dials.no_sex else (row["male"],)
            )
            rows.append(row)
    return rows


def _split(rows, rng, dials):
    """Split rows into compartments with their own shuffled random handles."""
    records = rng.permutation(len(rows)).astype(np.int64) + 1_000
    maps, tables = [], {}
    for anchor in ANCHORS:
        at, keys = _anchored(rows, anchor)
        handles = rng.permutation(10**8 + np.arange(len(at)))
        maps.append((records[at], anchor, handles))
        _, cells = np.unique(keys, return_inverse=True)
        salts = rng.integers(0, 2**63, cells.max() + 1, dtype=np.uint64)
        bits = 256 if anchor == "nik" else 1024
        filters = encode([rows[i]["name"] for i in at], salts[cells], bits)
        if dials.layered:
            filters = layer(filters, rng)
        order = rng.permutation(len(at))
        column = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(bits // 8), len(at), [None, pa.py_buffer(filters[order].tobytes())]
        )
        tables[anchor] = pa.table({"handle": handles[order], "cell": cells[order].astype(np.int64), "filter": column})
    handles = rng.permutation(10**8 + np.arange(len(rows)))
    maps.append((records, "token", handles))
    handle_map = pa.table(
        {
            "record": np.concatenate([part[0] for part in maps]),
            "compartment": pa.array(
                np.repeat([part[1] for part in maps], [len(part[0]) for part in maps])
            ).dictionary_encode(),
            "handle": np.concatenate([part[2] for part in maps]),
        }
    )
    tokens = pa.table({"handle": handles, "nik": _tokens(rows, "nik"), "kk": _tokens(rows, "kk")})
    truth = pa.table({"record": records, "person": pa.array([row["person"] for row in rows], pa.int64())})
    return Lampung(handle_map, tokens, tables, truth, _groups(rows, records), rows, dials.layered)


def _groups(rows, records):
    def pick(fact):
        return records[[fact(row) for row in rows]]

    return {
        "no NIK, with a date": pick(lambda row: row["nik"] < 0 <= row["date"]),
        "no NIK, no date": pick(lambda row: row["nik"] < 0 and row["date"] < 0),
        "mononym": pick(lambda row: " " not in row["name"]),
        "default date": pick(lambda row: row["born"] % 372 == 371),
    }


def _tokens(rows, column):
    values = [None if row[column] < 0 else row[column].to_bytes(32) for row in rows]
    return pa.array(values, pa.binary(32))


def _anchored(rows, anchor):
    """Positions of the rows that an anchor has, and their cell keys; a row may come twice."""
    found = []
    for at, row in enumerate(rows):
        dates = {row["date"]} if row["nik"] < 0 else {row["date"], row["nik_date"]}
        sex = int(row["male"])
        if anchor == "village":
            found += [(at, row["village"] * 2 + int(each)) for each in row["sexes"]]
        elif anchor == "nik" and row["nik"] >= 0:
            found.append((at, row["nik"]))
        elif anchor == "date":
            found += [(at, date * 2 + sex) for date in sorted(dates) if date >= 0]
        elif anchor == "year":
            found += [
                (at, (year * 15 + row["village"] % 15) * 2 + sex)
                for year in sorted({date // 372 for date in dates if date >= 0})
            ]
    at, keys = np.array(found, np.int64).T
    return at, keys


def encode(names, salts, bits, hashes=12):
    """Encode padded bigrams by random hashing, salted per row: uint8[n, bits / 8]."""
    texts = [f"_{name.replace(' ', '')}_" for name in names]
    width = max(map(len, texts)) - 1
    letters = np.array([list(text.ljust(width + 1, "\0").encode()) for text in texts], np.uint64)
    grams = letters[:, :-1] * np.uint64(256) + letters[:, 1:]
    real = letters[:, 1:] > 0
    out = np.zeros((len(texts), bits), bool)
    rows = np.broadcast_to(np.arange(len(texts))[:, None], grams.shape)[real]
    for number in range(hashes):
        mixed = _mix(grams * np.uint64(hashes) + np.uint64(number) + salts[:, None])[real]
        out[rows, mixed % np.uint64(bits)] = True
    return np.packbits(out, axis=1)


def _mix(value):
    """Scramble as splitmix64 does."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def layer(filters, rng, parts=3):
    """Pass filters through the layer: XOR of majorities, with one set of random weights for all cells."""
    bits = np.unpackbits(filters, axis=1).astype(np.float32)
    length = bits.shape[1]
    out = np.zeros(bits.shape, bool)
    for _ in range(parts):
        weights = rng.choice(np.array([-1, 1], np.float32), (length, length))
        out ^= bits @ weights > 0
    return np.packbits(out, axis=1)


@pytest.fixture(scope="session")
def make():
    """Make a Lampung with the given dials, once for each set of them."""
    return lru_cache(lambda **dials: lampung(Dials(**dials)))
