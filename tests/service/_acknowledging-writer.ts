/** A program that writes rows as fast as it can and prints each one's number once it is durable. */
import { createWriter, openDatabase } from '@manyhands/service'

const [file = ''] = process.argv.slice(2)
const database = openDatabase({ file })
database.raw.prepare('create table if not exists t (id integer primary key)').run([])
const writer = createWriter(database.raw)
let next = Number(
  (database.raw.prepare('select count(*) as n from t').all([])[0] as { n: bigint }).n,
)

async function writeForEver(): Promise<void> {
  for (;;) {
    const id = next
    next += 1
    await writer.write((tx) => tx.run('insert into t (id) values (?)', [BigInt(id)]))
    process.stdout.write(`${id}\n`)
  }
}

for (let lane = 0; lane < 8; lane += 1) void writeForEver()
