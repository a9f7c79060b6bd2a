#!/usr/bin/env bash
# An appliance: an instance with an interface in each of two subnets and several addresses on each, through which route tables
# send all that one subnet has for the other. It forwards only once the source/destination check of its interfaces is off.
#
# As root, since it enters the instances:
#
#   enid up --detach
#   eval "$(enid env)"
#   examples/appliance.sh
set -euo pipefail
export AWS_PAGER=

for program in aws enid nstat ping; do
	command -v "$program" >/dev/null || { echo "appliance: $program is not on the PATH" >&2; exit 1; }
done

# What is made is removed at the end, the latest first, whether the example works or not.
undo=()
at_end() { undo=("$*" "${undo[@]}"); }
clean_up() {
	local status=$? step
	for step in "${undo[@]}"; do
		eval "$step" >/dev/null || { echo "appliance: could not: $step" >&2; status=1; }
	done
	exit "$status"
}
trap clean_up EXIT

fail() { echo "appliance: $*" >&2; exit 1; }

echo "A VPC with two subnets in one zone: an instance's interfaces are all in its zone"
zone=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].ZoneName' --output text)
vpc=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)
at_end "aws ec2 delete-vpc --vpc-id $vpc"
left=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.1.0/24 --availability-zone "$zone" --query Subnet.SubnetId --output text)
at_end "aws ec2 delete-subnet --subnet-id $left"
right=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.2.0/24 --availability-zone "$zone" --query Subnet.SubnetId --output text)
at_end "aws ec2 delete-subnet --subnet-id $right"

# The group names addresses, not itself: EC2 does not match a rule that refers to a group when an appliance is in between.
group=$(aws ec2 create-security-group --vpc-id "$vpc" --group-name inside --description "All of the VPC" --query GroupId --output text)
at_end "aws ec2 delete-security-group --group-id $group"
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol -1 --cidr 10.0.0.0/16 >/dev/null

image=$(aws ec2 describe-images --owners amazon --filters Name=architecture,Values=x86_64 --query 'Images[0].ImageId' --output text)
launch() { # options of run-instances; prints the instance's id
	aws ec2 run-instances --image-id "$image" --instance-type t3.small "$@" --query 'Instances[0].InstanceId' --output text
}

echo "A client on the left, a server on the right, and the appliance, with three addresses on each side"
client=$(launch --subnet-id "$left" --private-ip-address 10.0.1.100 --security-group-ids "$group")
at_end "aws ec2 terminate-instances --instance-ids $client && aws ec2 wait instance-terminated --instance-ids $client"
server=$(launch --subnet-id "$right" --private-ip-address 10.0.2.100 --security-group-ids "$group")
at_end "aws ec2 terminate-instances --instance-ids $server && aws ec2 wait instance-terminated --instance-ids $server"
side() { # device index, subnet, primary and two secondary addresses; prints an interface of run-instances
	cat <<-JSON
		{
			"DeviceIndex": $1, "SubnetId": "$2", "Groups": ["$group"], "DeleteOnTermination": true,
			"PrivateIpAddresses": [
				{"PrivateIpAddress": "$3", "Primary": true},
				{"PrivateIpAddress": "$4", "Primary": false},
				{"PrivateIpAddress": "$5", "Primary": false}
			]
		}
	JSON
}
appliance=$(launch --network-interfaces \
	"[$(side 0 "$left" 10.0.1.10 10.0.1.11 10.0.1.12), $(side 1 "$right" 10.0.2.10 10.0.2.11 10.0.2.12)]")
at_end "aws ec2 terminate-instances --instance-ids $appliance && aws ec2 wait instance-terminated --instance-ids $appliance"
aws ec2 wait instance-running --instance-ids "$client" "$server" "$appliance"

interface() { # device index; prints the id of the appliance's interface
	aws ec2 describe-network-interfaces --query 'NetworkInterfaces[0].NetworkInterfaceId' --output text \
		--filters "Name=attachment.instance-id,Values=$appliance" "Name=attachment.device-index,Values=$1"
}
left_interface=$(interface 0)
right_interface=$(interface 1)

# Inside, the appliance is configured as any Linux router: its further addresses, and forwarding.
enid exec "$appliance" -- ip address add 10.0.1.11/24 dev eth0
enid exec "$appliance" -- ip address add 10.0.1.12/24 dev eth0
enid exec "$appliance" -- ip address add 10.0.2.11/24 dev eth1
enid exec "$appliance" -- ip address add 10.0.2.12/24 dev eth1
enid exec "$appliance" -- sysctl --quiet --write net.ipv4.ip_forward=1
enid exec "$appliance" -- ip -brief address show

echo "Each of its addresses answers in its own subnet"
for address in 10.0.1.10 10.0.1.11 10.0.1.12; do
	enid exec "$client" -- ping -q -c 1 -W 2 "$address" >/dev/null || fail "$address does not answer the client"
done
for address in 10.0.2.10 10.0.2.11 10.0.2.12; do
	enid exec "$server" -- ping -q -c 1 -W 2 "$address" >/dev/null || fail "$address does not answer the server"
done

echo "Route tables that send each subnet's traffic for the other through the appliance"
detour() { # subnet, destination, interface
	local table association
	table=$(aws ec2 create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId --output text)
	at_end "aws ec2 delete-route-table --route-table-id $table"
	# More specific than `local`, which covers the whole VPC, so that it wins.
	aws ec2 create-route --route-table-id "$table" --destination-cidr-block "$2" --network-interface-id "$3" >/dev/null
	association=$(aws ec2 associate-route-table --route-table-id "$table" --subnet-id "$1" --query AssociationId --output text)
	at_end "aws ec2 disassociate-route-table --association-id $association"
}
detour "$left" 10.0.2.0/24 "$left_interface"
detour "$right" 10.0.1.0/24 "$right_interface"

forwarded() { # prints how many packets the appliance has forwarded so far
	enid exec "$appliance" -- nstat --ignore --noupdate --zeros IpForwDatagrams | awk '$1 == "IpForwDatagrams" { print $2 }'
}
pings=5
try() { # prints how many of the pings were answered, and how many packets the appliance forwarded for them
	local before answered
	before=$(forwarded)
	# ping fails when nothing answers, which is for the caller to judge.
	answered=$({ enid exec "$client" -- ping -q -i 0.2 -c "$pings" -W 1 10.0.2.100 || true; } |
		sed -n 's/.* \([0-9]*\) received.*/\1/p')
	echo "$answered $(($(forwarded) - before))"
}

echo "With the check on, as interfaces have it from the start, EC2 drops what is not for the appliance itself:"
read -r answered through < <(try)
echo "  $answered of $pings pings answered, $through packets forwarded by the appliance"
[ "$answered" = 0 ] && [ "$through" = 0 ] || fail "packets passed although the check is on"

echo "With the check off:"
aws ec2 modify-network-interface-attribute --network-interface-id "$left_interface" --no-source-dest-check
aws ec2 modify-network-interface-attribute --network-interface-id "$right_interface" --no-source-dest-check
read -r answered through < <(try)
echo "  $answered of $pings pings answered, $through packets forwarded by the appliance"
[ "$answered" = "$pings" ] || fail "pings were lost"
[ "$through" = $((2 * pings)) ] || fail "not every packet, there and back, passed the appliance"

echo "With the check on again, on one side only:"
aws ec2 modify-network-interface-attribute --network-interface-id "$left_interface" --source-dest-check
read -r answered through < <(try)
echo "  $answered of $pings pings answered, $through packets forwarded by the appliance"
[ "$answered" = 0 ] || fail "packets passed although the check is on"
