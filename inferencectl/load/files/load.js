// Load on one model, over REST and gRPC at once, as k6 runs it (https://grafana.com/docs/k6).
//
// The model is open: requests start on schedule however slow the answers are, so that a server that stalls delays no
// request and hides none. A request for which no virtual user is free is dropped, and counted in the last line.
//
// Settings are variables of the environment; the requests are rest.json and grpc.json beside this file. Every request
// prints a line of JSON when it ends:
//   p  protocol: rest or grpc
//   i  its number within the protocol, from 0
//   t  when it started, in milliseconds since 1970
//   d  how long it took, in milliseconds, with the connection if one had to be made
//   s  status: of HTTP (200) or of gRPC (0); -1 without any
//   v  the version of the model that answered, if the answer names it
//   e  what went wrong, if anything did
import exec from 'k6/execution';
import http from 'k6/http';
import grpc from 'k6/net/grpc';

const rate = Number(__ENV.LOAD_RATE);
const timeoutSeconds = Number(__ENV.LOAD_TIMEOUT_SECONDS);
const timeout = `${timeoutSeconds * 1000}ms`;
const isOpenInference = __ENV.LOAD_DIALECT === 'open-inference';
const method = isOpenInference
  ? 'inference.GRPCInferenceService/ModelInfer'
  : 'tensorflow.serving.PredictionService/Predict';
const restRequest = open('rest.json');
const grpcRequest = JSON.parse(open('grpc.json'));
// Undefined: connections are kept for as long as the server keeps them.
const connectionSeconds = __ENV.LOAD_CONNECTION_SECONDS === undefined ? Infinity : Number(__ENV.LOAD_CONNECTION_SECONDS);
const addresses = { rest: __ENV.LOAD_REST_URL, grpc: __ENV.LOAD_GRPC_ADDRESS };

const functions = { rest: 'askOverRest', grpc: 'askOverGrpc' };

const scenario = (protocol) => ({
  executor: 'constant-arrival-rate',
  exec: functions[protocol],
  rate,
  timeUnit: '1s',
  duration: `${__ENV.LOAD_SECONDS}s`,
  preAllocatedVUs: Number(__ENV.LOAD_USERS),
  // The last requests get as long as the others.
  gracefulStop: `${timeoutSeconds + 1}s`,
});
const protocols = Object.keys(addresses).filter((protocol) => addresses[protocol]);

export const options = {
  scenarios: Object.fromEntries(protocols.map((protocol) => [protocol, scenario(protocol)])),
  // A threshold that always holds: it makes k6 count by scenario.
  thresholds: Object.fromEntries(
    protocols.flatMap((protocol) =>
      ['iterations', 'dropped_iterations'].map((metric) => [`${metric}{scenario:${protocol}}`, ['count>=0']]),
    ),
  ),
  systemTags: ['scenario'],
};

const client = new grpc.Client();
client.load([], isOpenInference ? 'open_inference.proto' : 'tensorflow_serving.proto');
let isConnected = false;
let restConnectionSince = Date.now();

export function askOverRest() {
  report('rest', () => {
    const headers = { 'Content-Type': 'application/json' };
    if (Date.now() - restConnectionSince >= connectionSeconds * 1000) {
      headers.Connection = 'close';
      restConnectionSince = Date.now();
    }
    const answer = http.post(addresses.rest, restRequest, { timeout, headers });
    if (answer.status === 0) {
      return { s: -1, e: answer.error };
    }
    if (answer.status < 200 || answer.status > 299) {
      return { s: answer.status, e: String(answer.body).slice(0, 200) };
    }
    const content = JSON.parse(answer.body);
    return { s: answer.status, v: content.model_version, e: missing(content, ['outputs', 'predictions']) };
  });
}

export function askOverGrpc() {
  report('grpc', () => {
    if (!isConnected) {
      client.connect(addresses.grpc, { plaintext: !__ENV.LOAD_TLS, timeout });
      isConnected = true;
    }
    const answer = client.invoke(method, grpcRequest, { timeout });
    if (answer.status !== grpc.StatusOK) {
      // Otherwise the library waits longer and longer before it connects again.
      disconnect();
      return { s: answer.status, e: String(answer.error && answer.error.message).slice(0, 200) };
    }
    const content = answer.message;
    const version = isOpenInference ? content.modelVersion : content.modelSpec?.version?.value;
    return { s: 0, v: version, e: missing(content, ['outputs']) };
  });
}

function report(protocol, ask) {
  const t = Date.now();
  const begin = exec.instance.currentTestRunDuration;
  const line = { p: protocol, i: exec.scenario.iterationInTest, t };
  let outcome;
  try {
    outcome = ask();
  } catch (error) {
    outcome = { s: -1, e: String(error).slice(0, 200) };
  }
  line.d = Math.round((exec.instance.currentTestRunDuration - begin) * 1000) / 1000;
  console.log(JSON.stringify({ ...line, ...outcome }));
}

function disconnect() {
  client.close();
  isConnected = false;
}

function missing(content, names) {
  const isThere = (value) => value !== undefined && value !== null && Object.keys(value).length > 0;
  return names.some((name) => isThere(content[name])) ? undefined : 'the answer has no prediction';
}

export function handleSummary(data) {
  const count = (metric) => (data.metrics[metric] ? data.metrics[metric].values.count : 0);
  const totals = protocols.map((protocol) => [
    protocol,
    {
      ended: count(`iterations{scenario:${protocol}}`),
      dropped: count(`dropped_iterations{scenario:${protocol}}`),
    },
  ]);
  return { stdout: `${JSON.stringify({ end: Object.fromEntries(totals) })}\n` };
}
