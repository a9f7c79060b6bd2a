//! Structures that both requests and answers hold. Written by `cargo xtask codegen`; do not edit.

use crate::shape::prelude::*;

shared_shapes! {
AttributeBooleanValue {
    value: Option<bool> = optional "Value" one "value";
}
AttributeValue {
    value: Option<String> = optional "Value" one "value";
}
BlockDeviceMapping {
    ebs: Option<EbsBlockDevice> = optional "Ebs" one "ebs";
    no_device: Option<String> = optional "NoDevice" one "noDevice";
    device_name: Option<String> = optional "DeviceName" one "deviceName";
    virtual_name: Option<String> = optional "VirtualName" one "virtualName";
}
EbsBlockDevice {
    snapshot_id: Option<String> = optional "SnapshotId" one "snapshotId";
    volume_size: Option<i32> = optional "VolumeSize" one "volumeSize";
    delete_on_termination: Option<bool> = optional "DeleteOnTermination" one "deleteOnTermination";
    volume_type: Option<String> = optional "VolumeType" one "volumeType";
    iops: Option<i32> = optional "Iops" one "iops";
    kms_key_id: Option<String> = optional "KmsKeyId" one "kmsKeyId";
    throughput: Option<i32> = optional "Throughput" one "throughput";
    outpost_arn: Option<String> = optional "OutpostArn" one "outpostArn";
    availability_zone: Option<String> = optional "AvailabilityZone" one "availabilityZone";
    encrypted: Option<bool> = optional "Encrypted" one "encrypted";
    volume_initialization_rate: Option<i32> = optional "VolumeInitializationRate" one "VolumeInitializationRate";
    availability_zone_id: Option<String> = optional "AvailabilityZoneId" one "AvailabilityZoneId";
    ebs_card_index: Option<i32> = optional "EbsCardIndex" one "EbsCardIndex";
}
IcmpTypeCode {
    code: Option<i32> = optional "Code" one "code";
    r#type: Option<i32> = optional "Type" one "type";
}
InstanceIpv6Address {
    ipv6_address: Option<String> = optional "Ipv6Address" one "ipv6Address";
    is_primary_ipv6: Option<bool> = optional "IsPrimaryIpv6" one "isPrimaryIpv6";
}
IpPermission {
    ip_protocol: Option<String> = optional "IpProtocol" one "ipProtocol";
    from_port: Option<i32> = optional "FromPort" one "fromPort";
    to_port: Option<i32> = optional "ToPort" one "toPort";
    user_id_group_pairs: Vec<UserIdGroupPair> = optional "Groups" list "groups";
    ip_ranges: Vec<IpRange> = optional "IpRanges" list "ipRanges";
    ipv6_ranges: Vec<Ipv6Range> = optional "Ipv6Ranges" list "ipv6Ranges";
    prefix_list_ids: Vec<PrefixListId> = optional "PrefixListIds" list "prefixListIds";
}
IpRange {
    description: Option<String> = optional "Description" one "description";
    cidr_ip: Option<String> = optional "CidrIp" one "cidrIp";
}
Ipv6Range {
    description: Option<String> = optional "Description" one "description";
    cidr_ipv6: Option<String> = optional "CidrIpv6" one "cidrIpv6";
}
Placement {
    availability_zone: Option<String> = optional "AvailabilityZone" one "availabilityZone";
    group_name: Option<String> = optional "GroupName" one "groupName";
    tenancy: Option<String> = optional "Tenancy" one "tenancy";
    availability_zone_id: Option<String> = optional "AvailabilityZoneId" one "availabilityZoneId";
    affinity: Option<String> = optional "Affinity" one "affinity";
    partition_number: Option<i32> = optional "PartitionNumber" one "partitionNumber";
    host_id: Option<String> = optional "HostId" one "hostId";
    spread_domain: Option<String> = optional "SpreadDomain" one "spreadDomain";
    host_resource_group_arn: Option<String> = optional "HostResourceGroupArn" one "hostResourceGroupArn";
    group_id: Option<String> = optional "GroupId" one "groupId";
}
PortRange {
    from: Option<i32> = optional "From" one "from";
    to: Option<i32> = optional "To" one "to";
}
PrefixListId {
    description: Option<String> = optional "Description" one "description";
    prefix_list_id: Option<String> = optional "PrefixListId" one "prefixListId";
}
PrivateIpAddressSpecification {
    primary: Option<bool> = optional "Primary" one "primary";
    private_ip_address: Option<String> = optional "PrivateIpAddress" one "privateIpAddress";
}
Tag {
    key: Option<String> = optional "Key" one "key";
    value: Option<String> = optional "Value" one "value";
}
UserIdGroupPair {
    description: Option<String> = optional "Description" one "description";
    user_id: Option<String> = optional "UserId" one "userId";
    group_name: Option<String> = optional "GroupName" one "groupName";
    group_id: Option<String> = optional "GroupId" one "groupId";
    vpc_id: Option<String> = optional "VpcId" one "vpcId";
    vpc_peering_connection_id: Option<String> = optional "VpcPeeringConnectionId" one "vpcPeeringConnectionId";
    peering_status: Option<String> = optional "PeeringStatus" one "peeringStatus";
}
}
