/* SPDX-License-Identifier: MIT */
/* node shot.js PAGE PNG WIDTH HEIGHT: a picture of the page; fails if the page reports an error. */
const { chromium } = require('playwright-core');
const [page_url, png, width, height] = process.argv.slice(2);
(async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  const page = await browser.newPage({ viewport: { width: Number(width), height: Number(height) } });
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.stack.slice(0, 600)));
  await page.goto(page_url);
  await page.waitForFunction(() => document.title === 'ready', null, { timeout: 30000 });
  await page.screenshot({ path: png });
  console.log('panels: ' + await page.locator('section').count());
  await browser.close();
  errors.forEach((error) => console.error(error));
  process.exit(errors.length ? 1 : 0);
})();
