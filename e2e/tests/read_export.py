"""Reads a Parquet export with DuckDB, pandas and Polars and prints what each of them saw, as JSON."""
import json
import sys

import duckdb
import pandas
import polars

folder = sys.argv[1]
every = f"{folder}/*/*/*.parquet"
prices = f"{folder}/type=PriceChanged"


def with_duckdb():
    def ask(sql):
        return duckdb.sql(sql).fetchall()

    source = f"read_parquet('{every}', hive_partitioning = true, union_by_name = true)"
    changed = f"read_parquet('{prices}/*/*.parquet', hive_partitioning = true)"
    added = f"read_parquet('{folder}/type=GarmentAdded/*/*.parquet', hive_partitioning = true)"
    return {
        "counts": dict(ask(f"SELECT type, count(*) FROM {source} GROUP BY type ORDER BY type")),
        "days": [str(day) for (day,) in ask(f"SELECT DISTINCT day FROM {changed} ORDER BY day")],
        "prices": [price for (price,) in ask(f"SELECT data_price_minor FROM {changed} ORDER BY sequence, index")],
        "currency": ask(f"SELECT DISTINCT data_price_currency FROM {changed}")[0][0],
        "sizes": ask(f"SELECT data_details_sizes FROM {added} ORDER BY sequence LIMIT 1")[0][0],
        "time": ask(f"SELECT strftime(min(time) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f') FROM {changed}")[0][0],
        "kind": ask(f"SELECT typeof(data_price_minor) FROM {changed} LIMIT 1")[0][0],
    }


def with_pandas():
    counts = pandas.concat(
        pandas.read_parquet(folder + "/" + name, columns=["sequence"]).assign(type=name.removeprefix("type="))
        for name in folders()
    )
    changed = pandas.read_parquet(prices).sort_values(["sequence", "index"])
    added = pandas.read_parquet(f"{folder}/type=GarmentAdded").sort_values("sequence")
    return {
        "counts": counts.groupby("type").size().to_dict(),
        "days": sorted(changed["day"].astype(str).unique()),
        "prices": changed["data_price_minor"].tolist(),
        "currency": changed["data_price_currency"].iloc[0],
        "sizes": added["data_details_sizes"].iloc[0].tolist(),
        "time": changed["time"].min().tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "kind": str(changed["data_price_minor"].dtype),
    }


def with_polars():
    def scan(pattern):
        return polars.scan_parquet(pattern, hive_partitioning=True)

    counts = {
        name.removeprefix("type="): scan(f"{folder}/{name}/**/*.parquet").select(polars.len()).collect().item()
        for name in folders()
    }
    changed = scan(f"{prices}/**/*.parquet").sort("sequence", "index").collect()
    added = scan(f"{folder}/type=GarmentAdded/**/*.parquet").sort("sequence").collect()
    return {
        "counts": counts,
        "days": sorted({str(day) for day in changed["day"]}),
        "prices": changed["data_price_minor"].to_list(),
        "currency": changed["data_price_currency"][0],
        "sizes": added["data_details_sizes"][0].to_list(),
        "time": changed["time"].min().strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "kind": str(changed["data_price_minor"].dtype),
    }


def folders():
    import pathlib

    return sorted(path.name for path in pathlib.Path(folder).iterdir() if path.is_dir())


json.dump({"duckdb": with_duckdb(), "pandas": with_pandas(), "polars": with_polars()}, sys.stdout)
