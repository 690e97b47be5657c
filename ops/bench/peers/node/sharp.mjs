// What sharp needs for a job, as its users are told to call it: one thread, no cache. A round first that does not count. What came of
// it is one line of JSON on standard output.
//
//   node sharp.mjs webp|avif|step TIMES PHOTO FOLDER WEBP-QUALITY AVIF-QUALITY AVIF-SPEED JPEG-QUALITY
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

sharp.cache(false);
sharp.concurrency(1);
const [job, times, photo, folder, ...settings] = process.argv.slice(2);
const [webpQuality, avifQuality, avifSpeed, jpegQuality] = settings.map(Number);
const bytes = readFileSync(photo);

// libaom's speed is 9 less the effort.
const webp = { quality: webpQuality, effort: 4 };
const avif = { quality: avifQuality, effort: 9 - avifSpeed, chromaSubsampling: '4:2:0' };
const jpeg = { quality: jpegQuality, chromaSubsampling: '4:4:4' };

const jobs = {
  webp: async () => ({ '800.webp': await sharp(bytes).resize(800).webp(webp).toBuffer() }),
  avif: async () => ({ '800.avif': await sharp(bytes).resize(800).avif(avif).toBuffer() }),
  // Decoded once, each size from the next larger one.
  step: async () => {
    const made = {};
    let larger = sharp(bytes);
    for (const width of [1600, 800, 400, 160]) {
      const { data, info } = await larger.resize(width).raw().toBuffer({ resolveWithObject: true });
      const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
      made[`${width}.avif`] = await sharp(data, raw).avif(avif).toBuffer();
      made[`${width}.webp`] = await sharp(data, raw).webp(webp).toBuffer();
      made[`${width}.jpg`] = await sharp(data, raw).jpeg(jpeg).toBuffer();
      larger = sharp(data, raw);
    }
    return made;
  },
};

await jobs[job]();
const before = process.cpuUsage();
let made;
for (let time = 0; time < Number(times); time += 1) made = await jobs[job]();
const { user, system } = process.cpuUsage(before);
for (const [name, file] of Object.entries(made)) writeFileSync(join(folder, name), file);
console.log(JSON.stringify({ cpu_us: user + system, files: Object.keys(made) }));
