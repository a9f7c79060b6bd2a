#!/usr/bin/env bash
# Failover: a service has an Elastic IP on a secondary private address. When that address is reassigned to a standby's interface,
# the Elastic IP goes with it, and the flow of 5,000 packets a second that is under way goes on there, without a packet lost.
#
# As root, since it enters the instances:
#
#   enid up --detach
#   eval "$(enid env)"
#   examples/failover.sh
set -euo pipefail
export AWS_PAGER=

for program in aws enid python3; do
	command -v "$program" >/dev/null || { echo "failover: $program is not on the PATH" >&2; exit 1; }
done
flow=$(dirname "$(realpath "$0")")/failover_flow.py

# What is made is removed at the end, the latest first, whether the example works or not.
undo=()
at_end() { undo=("$*" "${undo[@]}"); }
clean_up() {
	local status=$? step
	for step in "${undo[@]}"; do
		eval "$step" >/dev/null || { echo "failover: could not: $step" >&2; status=1; }
	done
	exit "$status"
}
trap clean_up EXIT

folder=$(mktemp --directory)
at_end "rm -rf $folder"

echo "A VPC with a way to the internet, and a group that lets the service's port in"
vpc=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)
at_end "aws ec2 delete-vpc --vpc-id $vpc"
subnet=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.0.0/24 --query Subnet.SubnetId --output text)
at_end "aws ec2 delete-subnet --subnet-id $subnet"
gateway=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
at_end "aws ec2 delete-internet-gateway --internet-gateway-id $gateway"
aws ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
at_end "aws ec2 detach-internet-gateway --internet-gateway-id $gateway --vpc-id $vpc"
routes=$(aws ec2 describe-route-tables --filters "Name=vpc-id,Values=$vpc" --query 'RouteTables[0].RouteTableId' --output text)
aws ec2 create-route --route-table-id "$routes" --destination-cidr-block 0.0.0.0/0 --gateway-id "$gateway" >/dev/null
group=$(aws ec2 create-security-group --vpc-id "$vpc" --group-name service --description "The service" --query GroupId --output text)
at_end "aws ec2 delete-security-group --group-id $group"
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol udp --port 9000 --cidr 0.0.0.0/0 >/dev/null

echo "Two instances; the first has the service's address, 10.0.0.100"
image=$(aws ec2 describe-images --owners amazon --filters Name=architecture,Values=x86_64 --query 'Images[0].ImageId' --output text)
launch() { # options of run-instances; prints the ids of the instance and of its interface
	aws ec2 run-instances --image-id "$image" --instance-type t3.small --subnet-id "$subnet" --security-group-ids "$group" "$@" \
		--query 'Instances[0].[InstanceId,NetworkInterfaces[0].NetworkInterfaceId]' --output text
}
read -r first first_interface < <(launch --secondary-private-ip-addresses 10.0.0.100)
at_end "aws ec2 terminate-instances --instance-ids $first && aws ec2 wait instance-terminated --instance-ids $first"
read -r standby standby_interface < <(launch --private-ip-address 10.0.0.20)
at_end "aws ec2 terminate-instances --instance-ids $standby && aws ec2 wait instance-terminated --instance-ids $standby"
aws ec2 wait instance-running --instance-ids "$first" "$standby"

read -r allocation public < <(aws ec2 allocate-address --domain vpc --query '[AllocationId,PublicIp]' --output text)
at_end "aws ec2 release-address --allocation-id $allocation"
association=$(aws ec2 associate-address --allocation-id "$allocation" --network-interface-id "$first_interface" \
	--private-ip-address 10.0.0.100 --query AssociationId --output text)
at_end "aws ec2 disassociate-address --association-id $association"
holder() { # prints the interface that has the Elastic IP
	aws ec2 describe-addresses --allocation-ids "$allocation" --query 'Addresses[0].NetworkInterfaceId' --output text
}

# The standby is ready in advance: its operating system has the address too, and the service runs. It is the network
# that decides who gets the packets, and it gives them to the interface that the address is assigned to.
for instance in "$first" "$standby"; do
	enid exec "$instance" -- ip address add 10.0.0.100/24 dev eth0
	enid exec "$instance" -- "$flow" receive 10.0.0.100 9000 >"$folder/$instance" &
	at_end "kill $! 2>/dev/null || true"
	until [ -s "$folder/$instance" ]; do
		kill -0 $! || exit 1
		sleep 0.05
	done
done

echo "The flow starts: from this host to $public, which is 10.0.0.100 on $first"
[ "$(holder)" = "$first_interface" ]
"$flow" send "$public" 9000 >"$folder/sent" &
sender=$!
at_end "kill $sender 2>/dev/null || true"
sleep 1

echo "The failover: one call"
echo "  aws ec2 assign-private-ip-addresses --allow-reassignment --private-ip-addresses 10.0.0.100 --network-interface-id $standby_interface"
aws ec2 assign-private-ip-addresses --allow-reassignment --private-ip-addresses 10.0.0.100 \
	--network-interface-id "$standby_interface" >/dev/null
sleep 1
kill "$sender"

# The receivers end by themselves when the flow has fallen silent.
wait
"$flow" report "$folder/sent" "$folder/$first" "$folder/$standby"

[ "$(holder)" = "$standby_interface" ] || { echo "failover: $public did not follow its address" >&2; exit 1; }
echo "  $public is now the standby's"
