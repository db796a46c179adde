// Lists services through grpc.reflection.v1, by the wire form of its messages.
import { Client, credentials } from '@grpc/grpc-js';

/** A client of server reflection. */
export class GrpcReflectionDescriptors {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  /** Full names of the services. */
  services(): Promise<readonly string[]> {
    const client = new Client(this.#address, credentials.createInsecure());
    const identity = (bytes: Buffer): Buffer => bytes;
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const call = client.makeBidiStreamRequest(path, identity, identity);
    return new Promise((resolve, reject) => {
      call.on('data', (answer: Buffer) => {
        resolve([...answer.toString('latin1').matchAll(/[\w]+(?:\.[\w]+)+/g)].map(([name]) => name));
        call.end();
        client.close();
      });
      call.on('error', reject);
      // list_services = 7, any text.
      call.write(Buffer.from([0x3a, 1, 0x2a]));
    });
  }
}
