// A journey through EC2's addresses with the official SDK: a subnet, an instance with several private addresses, an Elastic
// IP on one of them, its move to another instance. Uses a waiter and a paginator as any program on EC2 does.
//
//   npm ci
//   eval "$(enid env)"
//   node journey.js
import assert from "node:assert/strict";
import {
  AllocateAddressCommand,
  AssignPrivateIpAddressesCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DetachInternetGatewayCommand,
  DisassociateAddressCommand,
  EC2Client,
  ReleaseAddressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  paginateDescribeNetworkInterfaces,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated,
} from "@aws-sdk/client-ec2";

// The endpoint, the key and the region come from the environment.
const ec2 = new EC2Client({});

// What is made is removed at the end, the latest first, whether the journey succeeds or not.
const undo = [];

try {
  const { Vpc: vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.30.0.0/16" }));
  undo.push(() => ec2.send(new DeleteVpcCommand({ VpcId: vpc.VpcId })));
  const { Subnet: subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpc.VpcId, CidrBlock: "10.30.0.0/24" }));
  undo.push(() => ec2.send(new DeleteSubnetCommand({ SubnetId: subnet.SubnetId })));
  console.log(`${subnet.SubnetId} has ${subnet.AvailableIpAddressCount} free addresses`);
  // Of 256, EC2 keeps the first four and the last.
  assert.equal(subnet.AvailableIpAddressCount, 251);

  const { InternetGateway: gateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const attachment = { InternetGatewayId: gateway.InternetGatewayId, VpcId: vpc.VpcId };
  undo.push(() => ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: gateway.InternetGatewayId })));
  await ec2.send(new AttachInternetGatewayCommand(attachment));
  undo.push(() => ec2.send(new DetachInternetGatewayCommand(attachment)));

  const { Images: images } = await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"], Filters: [{ Name: "architecture", Values: ["x86_64"] }] }));
  const launch = async (interfaceOptions) => {
    const { Instances: instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: images[0].ImageId,
        InstanceType: "t3.small",
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnet.SubnetId, ...interfaceOptions }],
      }),
    );
    const InstanceIds = instances.map((instance) => instance.InstanceId);
    undo.push(async () => {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
      await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { InstanceIds });
    });
    await waitUntilInstanceRunning({ client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { InstanceIds });
    return instances[0].NetworkInterfaces[0];
  };

  const first = await launch({
    PrivateIpAddresses: [
      { PrivateIpAddress: "10.30.0.10", Primary: true },
      { PrivateIpAddress: "10.30.0.100", Primary: false },
    ],
  });
  const standby = await launch({ SecondaryPrivateIpAddressCount: 2 });

  const addresses = async () => {
    const found = new Map();
    // Five a page is the least that EC2 takes.
    const pages = paginateDescribeNetworkInterfaces(
      { client: ec2, pageSize: 5 },
      { Filters: [{ Name: "vpc-id", Values: [vpc.VpcId] }] },
    );
    for await (const page of pages) {
      for (const networkInterface of page.NetworkInterfaces) {
        found.set(
          networkInterface.NetworkInterfaceId,
          networkInterface.PrivateIpAddresses.map((address) => address.PrivateIpAddress),
        );
      }
    }
    return found;
  };
  let held = await addresses();
  console.log("first  ", held.get(first.NetworkInterfaceId));
  console.log("standby", held.get(standby.NetworkInterfaceId));
  assert.deepEqual(held.get(first.NetworkInterfaceId), ["10.30.0.10", "10.30.0.100"]);
  assert.equal(held.get(standby.NetworkInterfaceId).length, 3);

  const elastic = await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
  undo.push(() => ec2.send(new ReleaseAddressCommand({ AllocationId: elastic.AllocationId })));
  const { AssociationId } = await ec2.send(
    new AssociateAddressCommand({
      AllocationId: elastic.AllocationId,
      NetworkInterfaceId: first.NetworkInterfaceId,
      PrivateIpAddress: "10.30.0.100",
    }),
  );
  undo.push(() => ec2.send(new DisassociateAddressCommand({ AssociationId })));

  // A move has to be allowed; without that EC2 refuses, by a code that programs can tell.
  const move = { NetworkInterfaceId: standby.NetworkInterfaceId, PrivateIpAddresses: ["10.30.0.100"] };
  await assert.rejects(ec2.send(new AssignPrivateIpAddressesCommand(move)), { name: "InvalidParameterValue" });
  await ec2.send(new AssignPrivateIpAddressesCommand({ ...move, AllowReassignment: true }));

  held = await addresses();
  assert.deepEqual(held.get(first.NetworkInterfaceId), ["10.30.0.10"]);
  assert.equal(held.get(standby.NetworkInterfaceId).at(-1), "10.30.0.100");
  const { Addresses: found } = await ec2.send(new DescribeAddressesCommand({ AllocationIds: [elastic.AllocationId] }));
  assert.equal(found[0].NetworkInterfaceId, standby.NetworkInterfaceId);
  console.log(`${elastic.PublicIp} went to the standby with 10.30.0.100`);
} finally {
  for (const step of undo.reverse()) {
    // One that fails must not keep the others from being tried; the journey has failed all the same.
    await step().catch((error) => {
      console.error(`journey: could not clean up: ${error}`);
      process.exitCode = 1;
    });
  }
}
