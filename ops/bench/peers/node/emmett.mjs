// @event-driven-io/emmett-postgresql: its command handler, and the consumer that it ships.
import { CommandHandler, STREAM_DOES_NOT_EXIST } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';
import { Hunt, drive, parse, payload } from './driver.mjs';

const options = parse();
const pool = new pg.Pool({ connectionString: options.url, max: options.writers, min: options.writers });
const store = getPostgreSQLEventStore(options.url, { connectionOptions: { pool } });
await store.schema.migrate();

const added = (id) => ({ type: 'ProductAdded', data: payload(id) });

if (options.mode === 'append') {
  const handle = CommandHandler({ evolve: () => ({ known: true }), initialState: () => ({ known: false }) });
  await drive('Emmett', options, (_, id) => handle(store, `product-${id}`, () => added(id)));
} else {
  const hunt = new Hunt();
  const consumer = getPostgreSQLEventStore(options.url).consumer({ pulling: { batchSize: 100, pullingFrequencyInMs: 10 } });
  consumer.reactor({ processorId: 'tail', startFrom: 'BEGINNING', eachMessage: (message) => hunt.see(message.data.product_id) });
  consumer.start().catch((error) => console.error('consumer:', error.message));
  const fresh = { expectedStreamVersion: STREAM_DOES_NOT_EXIST };
  await hunt.run('Emmett, consumer', options, (_, id) => store.appendToStream(`product-${id}`, [added(id)], fresh));
}
process.exit(0);
