// Opens the API's page in a browser that reaches nothing but this machine, and says as JSON what it shows.
//
//   node open_page.mjs http://127.0.0.1:PORT
import { chromium } from 'playwright-core';

const base = process.argv[2];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // As root there is no sandbox.
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage();
  const outside = [], refused = [];
  await page.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (url.protocol === 'data:' || url.hostname === '127.0.0.1') return route.continue();
    outside.push(url.href);
    return route.abort();
  });
  // What the page's own policy forbids is said on its console.
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
  page.on('pageerror', (error) => refused.push(String(error)));
  await page.goto(`${base}/docs/`, { waitUntil: 'networkidle' });
  await page.waitForSelector('.opblock', { timeout: 20_000 });
  const title = await page.textContent('.info .title');
  const operations = await page.$$eval('.opblock', (blocks) => blocks.map((block) => block.id.split('-').pop()));
  // One of them opens and shows its answers, made from the document alone.
  await page.click('#operations-catalog-browseGarments .opblock-summary-control');
  await page.waitForSelector('#operations-catalog-browseGarments .responses-table');
  console.log(JSON.stringify({ title, operations, outside, refused }));
} finally {
  await browser.close();
}
