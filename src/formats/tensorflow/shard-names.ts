/** A data shard is raw numbers: it is recognised only by its name, "model.ckpt-1000.data-00000-of-00001". */
const SHARD_NAME = /^(.+)\.data-\d{5}-of-\d{5}$/;

/** The common prefix of a data shard's and its index's names; undefined for other names. */
export function shardPrefix(name: string): string | undefined {
  return SHARD_NAME.exec(name)?.[1];
}

/** The name of a data shard. */
export function shardName(prefix: string, shard: number, shards: number): string {
  const five = (number: number): string => String(number).padStart(5, "0");
  return `${prefix}.data-${five(shard)}-of-${five(shards)}`;
}
