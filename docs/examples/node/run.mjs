// Runs a command in a Berth session from Node: node run.mjs SESSION_NAME COMMAND [ARGUMENT…]
// It needs no generated code: the build leaves the whole API as a descriptor set in proto/target/berth.binpb.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import grpc from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';

const home = process.env.BERTH_HOME ?? path.join(os.homedir(), '.berth');
const { public_port } = JSON.parse(fs.readFileSync(path.join(home, 'control-plane.json')));
const key = fs.readFileSync(path.join(home, 'api-key'), 'utf8').trim();
const descriptors = process.env.BERTH_DESCRIPTORS ?? '../../../proto/target/berth.binpb';

const { berth } = grpc.loadPackageDefinition(
  loadFileDescriptorSetFromBuffer(fs.readFileSync(descriptors), { keepCase: true, enums: String, longs: Number }));
const target = `127.0.0.1:${public_port}`;
// Calls that are safe to retry are sent again by gRPC itself while the control plane is away.
const retries = { 'grpc.service_config': fs.readFileSync(path.join(path.dirname(descriptors), 'berth-service-config.json'), 'utf8') };
const sessions = new berth.v1.SessionService(target, grpc.credentials.createInsecure(), retries);
const runs = new berth.v1.RunService(target, grpc.credentials.createInsecure(), retries);

// Every call carries the key.
const metadata = new grpc.Metadata();
metadata.set('authorization', `Bearer ${key}`);
const call = (client, method, request) =>
  new Promise((resolve, reject) =>
    client[method](request, metadata, (error, answer) => (error ? reject(error) : resolve(answer))));

const [name, ...command] = process.argv.slice(2);
const { session } = await call(sessions, 'CreateSession', { name, on_conflict: 'ON_CONFLICT_USE_EXISTING' });
const { run } = await call(runs, 'CreateRun', { session_id: session.id, spec: { command } });

// The stream is gap-free. When it breaks, ask again behind the last event examined: nothing is lost, nothing comes twice.
let seq = 0;
let finished = false;
while (!finished) {
  await new Promise((resolve) => {
    const stream = runs.WatchRun({ run_id: run.id, after_seq: seq }, metadata);
    stream.on('data', (answer) => {
      for (const event of answer.events) {
        if (event.log) process.stdout.write(event.log.data);
        if (event.run_finished) finished = true;
      }
      seq = answer.examined_seq;
    });
    stream.on('error', (error) => {
      if (error.code !== grpc.status.UNAVAILABLE) throw error;
      setTimeout(resolve, 500);
    });
    stream.on('end', resolve);
  });
}

const ended = await call(runs, 'GetRun', { run_id: run.id });
process.exit(ended.run.end.exit_code ?? 125);
