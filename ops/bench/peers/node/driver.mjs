// The load that the Rust peers get too (../driver): closed-loop writers, each of which waits until its command is acknowledged
// and then sends the next one, for an aggregate that did not exist. What came of it is one line of JSON on standard output.
import { randomUUID } from 'node:crypto';

const WARM_MS = 500;
const SETTLE_MS = 4_000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export function parse() {
  const given = process.argv.slice(2);
  const options = { mode: 'append', writers: 1, secs: 3 };
  for (let at = 0; at + 1 < given.length; at += 2) options[given[at].replace(/^--/, '')] = given[at + 1];
  if (!options.url || !['append', 'hunt'].includes(options.mode)) {
    console.error('--url URL [--mode append|hunt] [--writers N] [--secs S]');
    process.exit(2);
  }
  return { ...options, writers: Number(options.writers), secs: Number(options.secs) };
}

export const payload = (id) => ({
  product_id: id, sku: 'DRP-000123', name: 'Linen shirt, relaxed fit', price_cents: 5990, currency: 'EUR', colour: 'ecru',
  sizes: ['XS', 'S', 'M', 'L'], tags: ['linen', 'summer', 'unisex'], image: 'sha256:9f86d081884c7d659a2feaa0c55ad015',
});

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const crowd = (count, writer) => Promise.all(Array.from({ length: count }, (_, number) => writer(number)));

// `command(writer, id)` for the time asked for, and how long each took.
export async function drive(peer, { writers, secs }, command) {
  const begin = performance.now() + WARM_MS, end = begin + secs * 1000;
  const took = [];
  let errors = 0, commands = 0;
  await crowd(writers, async (writer) => {
    for (let began = performance.now(); began < end; began = performance.now()) {
      try {
        await command(writer, randomUUID());
      } catch (error) {
        if (errors++ < 3) console.error('error:', error.message);
        continue;
      }
      commands++;
      const ended = performance.now();
      if (began >= begin && ended <= end) took.push(Math.round((ended - began) * 1000));
    }
  });
  took.sort((one, other) => one - other);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? null;
  console.log(JSON.stringify({ peer, writers, commands, per_second: took.length / secs, p50_us: at(0.5), p99_us: at(0.99), cpu_us: cpu(), errors }));
}

// What was acknowledged, and what the peer's own subscription delivered of it.
export class Hunt {
  #acknowledged = new Set();
  #delivered = new Map();
  #last = 0;

  see(id) {
    this.#delivered.set(id, (this.#delivered.get(id) ?? 0) + 1);
    this.#last = performance.now();
  }

  async run(peer, { writers, secs }, command) {
    const end = performance.now() + secs * 1000;
    let errors = 0;
    await crowd(writers, async (writer) => {
      while (performance.now() < end) {
        const id = randomUUID();
        try {
          await command(writer, id);
          this.#acknowledged.add(id);
        } catch (error) {
          if (errors++ < 3) console.error('error:', error.message);
        }
      }
    });
    // What does not come within this after the last delivery is lost; and the wait is bounded.
    const limit = performance.now() + 60_000;
    this.#last = Math.max(this.#last, performance.now());
    while (performance.now() - this.#last < SETTLE_MS && performance.now() < limit) await pause(50);
    let doubled = 0, skipped = 0;
    for (const times of this.#delivered.values()) doubled += times - 1;
    for (const id of this.#acknowledged) if (!this.#delivered.has(id)) skipped++;
    const [committed, delivered] = [this.#acknowledged.size, this.#delivered.size];
    console.log(JSON.stringify({ peer, committed, delivered, skipped, doubled }));
  }
}

export { pause };
