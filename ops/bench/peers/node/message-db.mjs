// @eventide/message-db: write_message() with an expected version, and two tails. `get_category_messages` is the documented one;
// the other reads the table by global_position, as tools over many categories do (--tail global).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Hunt, drive, parse, payload, pause } from './driver.mjs';

const PAGE = 500;
const options = parse();
install(new URL(options.url));
const connect = (max) => new pg.Pool({ connectionString: options.url, max, options: '-c search_path=message_store,public' });
const pool = connect(options.writers);

// Its own installer: schema, functions, indexes.
function install(url) {
  const script = join(dirname(createRequire(import.meta.url).resolve('@eventide/message-db/package.json')), 'database/install.sh');
  const env = {
    ...process.env, PGHOST: url.hostname, PGPORT: url.port, PGUSER: url.username,
    DATABASE_NAME: url.pathname.slice(1), CREATE_DATABASE: 'off',
  };
  const done = spawnSync('bash', [script], { env, encoding: 'utf8', timeout: 60_000 });
  if (done.status !== 0) throw new Error(`message-db does not install: ${done.stderr}`);
}

// The write lock is one for each category.
const write = (category, id) => pool.query({
  name: 'write', text: 'SELECT write_message($1, $2, $3, $4, $5, $6)',
  values: [randomUUID(), `${category}-${id}`, 'ProductAdded', payload(id), {}, -1],
});

async function tail(hunt, text, first) {
  const reader = connect(1);
  for (let position = 1; ;) {
    const { rows } = await reader.query(text, [...first, position]);
    for (const row of rows) {
      hunt.see((typeof row.data === 'string' ? JSON.parse(row.data) : row.data).product_id);
      position = Number(row.global_position) + 1;
    }
    if (rows.length === 0) await pause(5);
  }
}

if (options.mode === 'append') {
  await drive('message-db', options, (writer, id) => write(`product${writer}`, id));
} else if (options.tail === 'global') {
  const hunt = new Hunt();
  const text = `SELECT global_position, data FROM messages WHERE global_position >= $1 ORDER BY global_position LIMIT ${PAGE}`;
  tail(hunt, text, []).catch((error) => console.error('tail:', error.message));
  await hunt.run('message-db, global_position', options, (writer, id) => write(`product${writer}`, id));
} else {
  const hunt = new Hunt();
  const text = `SELECT global_position, data FROM get_category_messages($1, $2, ${PAGE})`;
  tail(hunt, text, ['product']).catch((error) => console.error('tail:', error.message));
  await hunt.run('message-db, category', options, (_, id) => write('product', id));
}
process.exit(0);
