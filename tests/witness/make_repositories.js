// Repositories made with npm's @tufjs/models and @tufjs/repo-mock, for our client to read.
//
//   node make_repositories.js DIRECTORY
//
// Each CASE becomes DIRECTORY/CASE: root.json (what a client is provisioned with), metadata/, targets/, expected/ (the
// files that must come out, by name) and "absent" (names that must not, one a line). A case whose name starts with
// "bad-" must be refused as a whole.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const models = require('@tufjs/models');
const { canonicalize } = require('@tufjs/canonical-json');
const { initializeTUFRepo, tufHandlers } = require('@tufjs/repo-mock');

const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');
const days = (count) => new Date(Date.now() + count * 86400e3).toISOString().replace(/\.\d+Z$/, 'Z');

// A key pair of one of the kinds that the specification names.
function makeKey(kind, more = {}) {
  const pem = (key) => key.export({ type: 'spki', format: 'pem' });
  const raw = (key) => key.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const pss = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const [type, options, scheme, text, digest, extra] = {
    ed25519: ['ed25519', {}, 'ed25519', raw, undefined, {}],
    ecdsa: ['ec', { namedCurve: 'P-256' }, 'ecdsa-sha2-nistp256', pem, 'sha256', {}],
    rsa: ['rsa', { modulusLength: 2048 }, 'rsassa-pss-sha256', pem, 'sha256', pss],
  }[kind];
  const pair = crypto.generateKeyPairSync(type, options);
  const json = { keytype: kind, scheme, keyval: { public: text(pair.publicKey) }, ...more };
  const key = models.Key.fromJSON(sha256(canonicalize(json)), json);
  const sign = (data) =>
    new models.Signature({
      keyID: key.keyID,
      sig: crypto.sign(digest, data, { key: pair.privateKey, ...extra }).toString('hex'),
    });
  return { key, sign };
}

class Repository {
  // `keys` by role; `consistent`: whether file names carry versions and hashes; `extra`: unknown members for everything
  constructor(directory, keys, { consistent = true, threshold = 1, extra = {} } = {}) {
    Object.assign(this, { directory, keys, consistent, threshold, extra, meta: {}, absent: [] });
    for (const part of ['metadata', 'targets', 'expected']) fs.mkdirSync(path.join(directory, part), { recursive: true });
  }

  common(version = 1, expires = days(30)) {
    return { version, specVersion: '1.0.31', expires, unrecognizedFields: this.extra };
  }

  // Signs with each of `signers` and writes the file; gives what others say about it.
  write(role, signed, signers, versioned) {
    const file = new models.Metadata(signed, {}, this.extra);
    for (const { sign } of signers) file.sign(sign, true);
    const text = JSON.stringify(file.toJSON(), null, 1);
    const name = versioned ? `${signed.version}.${role}.json` : `${role}.json`;
    fs.writeFileSync(path.join(this.directory, 'metadata', encodeURIComponent(name)), text);
    const meta = { version: signed.version, length: Buffer.byteLength(text), hashes: { sha256: sha256(text) } };
    return { text, meta: new models.MetaFile({ ...meta, unrecognizedFields: this.extra }) };
  }

  root(version, keys, signers) {
    const root = new models.Root({ ...this.common(version), consistentSnapshot: this.consistent });
    for (const [role, held] of Object.entries(keys)) {
      for (const { key } of held) root.addKey(key, role);
      root.roles[role].threshold = this.threshold;
    }
    const { text } = this.write('root', root, signers ?? keys.root, true);
    if (version === 1) fs.writeFileSync(path.join(this.directory, 'root.json'), text);
  }

  // A list of targets: `files` are contents by name, `delegations` as @tufjs/models has them.
  list(role, files, { delegations, signers = this.keys.targets, expires, expect = true } = {}) {
    const targets = new models.Targets({ ...this.common(1, expires), delegations });
    for (const [name, content] of Object.entries(files)) {
      const hashes = { sha512: crypto.createHash('sha512').update(content).digest('hex'), sha256: sha256(content) };
      const unrecognizedFields = { custom: { note: 'a' }, ...this.extra };
      targets.addTarget(new models.TargetFile({ path: name, length: Buffer.byteLength(content), hashes, unrecognizedFields }));
      const { dir, base } = path.parse(name);
      for (const hash of this.consistent ? Object.values(hashes) : [undefined]) {
        this.put(path.join('targets', dir, hash ? `${hash}.${base}` : base), content);
      }
      if (expect) this.put(path.join('expected', name), content);
    }
    this.meta[`${role}.json`] = this.write(role, targets, signers, this.consistent).meta;
  }

  put(file, content) {
    fs.mkdirSync(path.dirname(path.join(this.directory, file)), { recursive: true });
    fs.writeFileSync(path.join(this.directory, file), content);
  }

  publish({ expires } = {}) {
    const snapshot = new models.Snapshot({ ...this.common(), meta: this.meta });
    const { meta } = this.write('snapshot', snapshot, this.keys.snapshot, this.consistent);
    const timestamp = new models.Timestamp({ ...this.common(1, expires), snapshotMeta: meta });
    this.write('timestamp', timestamp, this.keys.timestamp, false);
    fs.writeFileSync(path.join(this.directory, 'absent'), this.absent.map((name) => `${name}\n`).join(''));
  }
}

const keysOf = (...kinds) =>
  Object.fromEntries(['root', 'timestamp', 'snapshot', 'targets'].map((role) => [role, kinds.map((kind) => makeKey(kind))]));
// @tufjs/models makes delegations only where it reads a list.
const delegations = (key, members) =>
  models.Targets.fromJSON({
    _type: 'targets', spec_version: '1.0.31', version: 1, expires: days(1), targets: {},
    delegations: { keys: { [key.key.keyID]: key.key.toJSON() }, ...members },
  }).delegations;
const delegationsTo = (roles, key) =>
  delegations(key, { roles: roles.map((role) => ({ keyids: [key.key.keyID], threshold: 1, terminating: false, ...role })) });

const simple = (kinds, options) => (directory) => {
  const repository = new Repository(directory, keysOf(...kinds), options);
  repository.root(1, repository.keys);
  repository.list('targets', { 'a.txt': 'content of a', 'dir/ü b+c.txt': 'content of b', empty: '' });
  repository.absent = ['missing'];
  repository.publish();
  return repository;
};

const cases = {
  ed25519: simple(['ed25519']),
  ecdsa: simple(['ecdsa']),
  rsa: simple(['rsa']),
  'thresholds-of-mixed-keys': simple(['rsa', 'ed25519', 'ecdsa'], { threshold: 3 }),
  'without-consistent-snapshot': simple(['ed25519'], { consistent: false }),
  'unknown-members': simple(['ecdsa'], { extra: { 'x-unknown': { '"\\ü': [1, -2, null, true, 'x'] } } }),

  'keys-with-unknown-members'(directory) {
    const keys = Object.fromEntries(Object.keys(keysOf()).map((role) => [role, [makeKey('ed25519', { 'x-owner': role })]]));
    const repository = new Repository(directory, keys);
    repository.root(1, keys);
    repository.list('targets', { a: 'content' });
    repository.publish();
  },

  'rotated-roots'(directory) {
    const [first, second, third] = [keysOf('rsa'), keysOf('ecdsa', 'ed25519'), keysOf('ed25519')];
    const repository = new Repository(directory, third);
    repository.root(1, first);
    repository.root(2, second, [...first.root, ...second.root]);
    repository.root(3, third, [...second.root, ...third.root]);
    repository.list('targets', { a: 'content' });
    repository.publish();
  },

  'nested-delegations'(directory) {
    const repository = new Repository(directory, keysOf('ed25519'));
    const [outer, inner] = [makeKey('ecdsa'), makeKey('rsa')];
    repository.root(1, repository.keys);
    repository.list('targets', { top: 'of the top' }, { delegations: delegationsTo([{ name: 'outer', paths: ['dir/*', 'dir/*/*'] }], outer) });
    repository.list('outer', { 'dir/x': 'of the outer' }, {
      signers: [outer], delegations: delegationsTo([{ name: 'inner', paths: ['dir/in/*.txt', 'else/*'] }], inner),
    });
    repository.list('inner', { 'dir/in/y.txt': 'of the inner' }, { signers: [inner] });
    repository.absent = ['dir/in/z.txt', 'else/y', 'dir/x/y/z'];
    repository.publish();
  },

  'terminating-delegation'(directory) {
    const repository = new Repository(directory, keysOf('ed25519'));
    const key = makeKey('ed25519');
    const roles = [{ name: 'first', paths: ['a-*'], terminating: true }, { name: 'second', paths: ['*'] }];
    repository.root(1, repository.keys);
    repository.list('targets', {}, { delegations: delegationsTo(roles, key) });
    repository.list('first', { 'a-1': 'of the first' }, { signers: [key] });
    repository.list('second', { 'a-2': 'hidden', 'b-1': 'of the second' }, { signers: [key] });
    fs.unlinkSync(path.join(directory, 'expected', 'a-2'));
    repository.absent = ['a-2'];
    repository.publish();
  },

  'hash-prefixes'(directory) {
    const repository = new Repository(directory, keysOf('ed25519'));
    const key = makeKey('ed25519');
    const names = Array.from({ length: 24 }, (_, i) => `file ${i}`);
    const groups = ['0123', '4567', '89ab', 'cdef'];
    const roles = groups.map((digits) => ({ name: `prefix-${digits}`, path_hash_prefixes: [...digits] }));
    repository.root(1, repository.keys);
    repository.list('targets', {}, { delegations: delegationsTo(roles, key) });
    for (const digits of groups) {
      const own = names.filter((name) => digits.includes(sha256(name)[0]));
      repository.list(`prefix-${digits}`, Object.fromEntries(own.map((name) => [name, `content of ${name}`])), { signers: [key] });
    }
    repository.absent = ['file 99'];
    repository.publish();
  },

  'succinct-bins'(directory) {
    const repository = new Repository(directory, keysOf('ed25519'));
    const key = makeKey('ecdsa');
    const succinct = { keyids: [key.key.keyID], threshold: 1, bit_length: 5, name_prefix: 'bin' };
    const all = delegations(key, { succinct_roles: succinct });
    const bins = all.succinctRoles;
    const names = Array.from({ length: 24 }, (_, i) => `dir/file ${i}`);
    repository.root(1, repository.keys);
    repository.list('targets', {}, { delegations: all });
    for (const bin of bins.getRoles()) {
      const own = names.filter((name) => bins.getRoleForTarget(name) === bin);
      repository.list(bin, Object.fromEntries(own.map((name) => [name, `content of ${name}`])), { signers: [key] });
    }
    repository.absent = ['dir/file 99'];
    repository.publish();
  },

  // As it comes: its times have fractions of a second, which the specification (4.2.1) does not know.
  'bad-repo-mock-times'(directory) {
    writeMock(directory, initializeTUFRepo([{ name: 'a', content: 'content' }]));
  },
  // Its key ids are no hashes of its keys, which the specification (4.3) has clients check.
  'bad-repo-mock-key-ids'(directory) {
    const mock = initializeTUFRepo([{ name: 'a', content: 'content' }]);
    mock.rootMeta.signed.expires = days(30);
    writeMock(directory, mock);
  },

  // The same structures with both mended, signed again.
  'repo-mock'(directory) {
    const mock = initializeTUFRepo([{ name: 'a', content: 'content' }]);
    const key = makeKey('ecdsa');
    const root = mock.rootMeta.signed;
    for (const id of Object.keys(root.keys)) delete root.keys[id];
    for (const role of Object.keys(root.roles)) {
      root.roles[role].keyIDs.length = 0;
      root.addKey(key.key, role);
    }
    const parts = [mock.targetsMeta, mock.snapshotMeta, mock.timestampMeta, mock.rootMeta];
    const file = (meta) => {
      const text = JSON.stringify(meta.toJSON());
      return new models.MetaFile({ version: 1, length: Buffer.byteLength(text), hashes: { sha256: sha256(text) } });
    };
    parts.forEach((meta, i) => {
      meta.signed.expires = days(30);
      if (i === 1) meta.signed.meta['targets.json'] = file(mock.targetsMeta);
      if (i === 2) meta.signed.snapshotMeta = file(mock.snapshotMeta);
      meta.sign(key.sign, false);
    });
    writeMock(directory, mock);
  },

  'bad-threshold'(directory) {
    const repository = new Repository(directory, keysOf('rsa', 'ecdsa'), { threshold: 2 });
    repository.root(1, repository.keys);
    repository.keys = { ...repository.keys, targets: repository.keys.targets.slice(0, 1) };
    repository.list('targets', { a: 'content' });
    repository.publish();
  },
  'bad-timestamp-expired'(directory) {
    const repository = new Repository(directory, keysOf('ed25519'));
    repository.root(1, repository.keys);
    repository.list('targets', { a: 'content' });
    repository.publish({ expires: days(-1) });
  },
  'bad-root-not-signed-by-the-old-one'(directory) {
    const [first, second] = [keysOf('ed25519'), keysOf('ed25519')];
    const repository = new Repository(directory, second);
    repository.root(1, first);
    repository.root(2, second, second.root);
    repository.list('targets', { a: 'content' });
    repository.publish();
  },
  'bad-list-signed-by-another'(directory) {
    const repository = new Repository(directory, keysOf('ed25519'));
    const key = makeKey('ed25519');
    repository.root(1, repository.keys);
    repository.list('targets', {}, { delegations: delegationsTo([{ name: 'outer', paths: ['*'] }], key) });
    repository.list('outer', { a: 'content' }, { signers: [makeKey('ed25519')] });
    repository.publish();
  },
  'bad-target-changed'(directory) {
    simple(['ed25519'])(directory);
    const folder = path.join(directory, 'targets');
    for (const name of fs.readdirSync(folder)) {
      if (name.endsWith('.a.txt')) fs.writeFileSync(path.join(folder, name), 'Content of a');
    }
  },
};

// What @tufjs/repo-mock would answer to requests, as files.
function writeMock(directory, mock) {
  for (const part of ['metadata', 'targets', 'expected']) fs.mkdirSync(path.join(directory, part), { recursive: true });
  for (const { path: name, fn } of tufHandlers(mock, {})) {
    const { statusCode, response } = fn();
    if (statusCode === 200) fs.writeFileSync(path.join(directory, name), response);
  }
  fs.copyFileSync(path.join(directory, 'metadata', '1.root.json'), path.join(directory, 'root.json'));
  for (const { name, content } of mock.targets) fs.writeFileSync(path.join(directory, 'expected', name), content);
  fs.writeFileSync(path.join(directory, 'absent'), 'b\n');
}

for (const [name, make] of Object.entries(cases)) make(path.join(process.argv[2], name));
