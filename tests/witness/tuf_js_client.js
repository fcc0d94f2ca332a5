// A client made of npm's tuf-js, a published implementation that shares nothing with ours.
//
//   node tuf_js_client.js URL METADATA_DIR TARGET_DIR NAME…
//
// METADATA_DIR holds root.json, and what the client stores; the target NAME becomes TARGET_DIR/NAME, percent-encoded
// whole. Exit status 1, with the reason on standard error, if anything is refused or missing.
'use strict';
const fs = require('fs');
const path = require('path');
const { Updater } = require('tuf-js');

async function main([url, metadataDir, targetDir, ...names]) {
  const updater = new Updater({
    metadataDir,
    metadataBaseUrl: `${url}/metadata`,
    targetDir,
    targetBaseUrl: `${url}/targets`,
    config: { fetchRetries: 0, fetchTimeout: 20000 },
  });
  await updater.refresh();
  for (const name of names) {
    const target = await updater.getTargetInfo(name);
    if (!target) throw new Error(`${name}: not found`);
    const file = path.join(targetDir, encodeURIComponent(name));
    await updater.downloadTarget(target, file);
    if (fs.statSync(file).size !== target.length) throw new Error(`${name}: another length`);
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
});
