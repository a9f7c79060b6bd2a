//! EC2's error codes, each once, and the error an operation answers with.
//!
//! Sources: EC2's page "Error codes for the Amazon EC2 API" and, where marked, answers that clients recorded. A variant
//! is its code without dots, so that either is found from the other. Codes of features far from the network (Client
//! VPN, traffic mirroring, Spot Fleet, FPGA images, …) are left out.

use std::fmt;

macro_rules! error_codes {
    ($($variant:ident, $status:literal, $code:literal;)*) => {
        /// An error code of EC2, spelt as on the wire.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "EC2's page of error codes describes them")]
        pub enum ErrorCode { $($variant,)* }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The code as EC2 writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(ErrorCode::$variant => $status,)* }
            }
        }
    };
}

error_codes! {
    // Any action can answer these.
    AuthFailure, 401, "AuthFailure";
    Blocked, 403, "Blocked";
    DryRunOperation, 412, "DryRunOperation";
    IdempotentParameterMismatch, 400, "IdempotentParameterMismatch";
    IncompleteSignature, 400, "IncompleteSignature";
    InvalidAction, 400, "InvalidAction";
    InvalidCharacter, 400, "InvalidCharacter";
    InvalidClientTokenId, 403, "InvalidClientTokenId";
    InvalidPaginationToken, 400, "InvalidPaginationToken";
    InvalidParameter, 400, "InvalidParameter";
    InvalidParameterCombination, 400, "InvalidParameterCombination";
    InvalidParameterDependency, 400, "InvalidParameterDependency";
    InvalidParameterValue, 400, "InvalidParameterValue";
    InvalidQueryParameter, 400, "InvalidQueryParameter";
    MalformedQueryString, 400, "MalformedQueryString";
    MissingAction, 400, "MissingAction";
    MissingAuthenticationToken, 403, "MissingAuthenticationToken";
    MissingParameter, 400, "MissingParameter";
    OptInRequired, 401, "OptInRequired";
    PendingVerification, 400, "PendingVerification";
    RequestExpired, 400, "RequestExpired";
    TagPolicyViolation, 400, "TagPolicyViolation";
    UnauthorizedOperation, 403, "UnauthorizedOperation";
    UnknownParameter, 400, "UnknownParameter";
    UnsupportedInstanceAttribute, 400, "UnsupportedInstanceAttribute";
    UnsupportedOperation, 400, "UnsupportedOperation";
    UnsupportedProtocol, 400, "UnsupportedProtocol";
    ValidationError, 400, "ValidationError";

    // Particular actions.
    AccountDisabled, 400, "AccountDisabled";
    ActiveVpcPeeringConnectionPerVpcLimitExceeded, 400, "ActiveVpcPeeringConnectionPerVpcLimitExceeded";
    AddressLimitExceeded, 400, "AddressLimitExceeded";
    AsnConflict, 400, "AsnConflict";
    AttachmentLimitExceeded, 400, "AttachmentLimitExceeded";
    BootForVolumeTypeUnsupported, 400, "BootForVolumeTypeUnsupported";
    CannotDelete, 400, "CannotDelete";
    ConcurrentTagAccess, 400, "ConcurrentTagAccess";
    CreditSpecificationUpdateInProgress, 400, "CreditSpecificationUpdateInProgress";
    DefaultSubnetAlreadyExistsInAvailabilityZone, 400, "DefaultSubnetAlreadyExistsInAvailabilityZone";
    DefaultVpcAlreadyExists, 400, "DefaultVpcAlreadyExists";
    DefaultVpcDoesNotExist, 400, "DefaultVpcDoesNotExist";
    DependencyViolation, 400, "DependencyViolation";
    DuplicateSubnetsInSameZone, 400, "DuplicateSubnetsInSameZone";
    EncryptedVolumesNotSupported, 400, "EncryptedVolumesNotSupported";
    FilterLimitExceeded, 400, "FilterLimitExceeded";
    GatewayNotAttached, 400, "Gateway.NotAttached";
    HostLimitExceeded, 400, "HostLimitExceeded";
    IdempotentInstanceTerminated, 400, "IdempotentInstanceTerminated";
    IncorrectInstanceState, 400, "IncorrectInstanceState";
    IncorrectModificationState, 400, "IncorrectModificationState";
    IncorrectState, 400, "IncorrectState";
    InstanceCreditSpecificationNotSupported, 400, "InstanceCreditSpecification.NotSupported";
    InstanceLimitExceeded, 400, "InstanceLimitExceeded";
    InsufficientFreeAddressesInSubnet, 400, "InsufficientFreeAddressesInSubnet";
    InternetGatewayLimitExceeded, 400, "InternetGatewayLimitExceeded";
    InvalidAddressLocked, 400, "InvalidAddress.Locked";
    InvalidAddressMalformed, 400, "InvalidAddress.Malformed";
    InvalidAddressNotFound, 400, "InvalidAddress.NotFound";
    InvalidAddressIDNotFound, 400, "InvalidAddressID.NotFound";
    InvalidAffinity, 400, "InvalidAffinity";
    InvalidAllocationIDNotFound, 400, "InvalidAllocationID.NotFound";
    InvalidAMIAttributeItemValue, 400, "InvalidAMIAttributeItemValue";
    InvalidAMIIDMalformed, 400, "InvalidAMIID.Malformed";
    InvalidAMIIDNotFound, 400, "InvalidAMIID.NotFound";
    InvalidAMIIDUnavailable, 400, "InvalidAMIID.Unavailable";
    InvalidAMINameDuplicate, 400, "InvalidAMIName.Duplicate";
    InvalidAMINameMalformed, 400, "InvalidAMIName.Malformed";
    InvalidAssociationIDNotFound, 400, "InvalidAssociationID.NotFound";
    InvalidAttachmentNotFound, 400, "InvalidAttachment.NotFound";
    InvalidAttachmentIDNotFound, 400, "InvalidAttachmentID.NotFound";
    InvalidAutoPlacement, 400, "InvalidAutoPlacement";
    InvalidAvailabilityZone, 400, "InvalidAvailabilityZone";
    InvalidBlockDeviceMapping, 400, "InvalidBlockDeviceMapping";
    InvalidCapacityReservationIdMalformed, 400, "InvalidCapacityReservationId.Malformed";
    InvalidCapacityReservationIdNotFound, 400, "InvalidCapacityReservationId.NotFound";
    InvalidCarrierGatewayIDNotFound, 400, "InvalidCarrierGatewayID.NotFound";
    InvalidCidrInUse, 400, "InvalidCidr.InUse";
    InvalidClientToken, 400, "InvalidClientToken";
    InvalidCpuCredits, 400, "InvalidCpuCredits";
    InvalidCpuCreditsMalformed, 400, "InvalidCpuCredits.Malformed";
    InvalidCustomerGatewayDuplicateIpAddress, 400, "InvalidCustomerGateway.DuplicateIpAddress";
    InvalidCustomerGatewayIdMalformed, 400, "InvalidCustomerGatewayId.Malformed";
    InvalidCustomerGatewayIDNotFound, 400, "InvalidCustomerGatewayID.NotFound";
    InvalidCustomerGatewayState, 400, "InvalidCustomerGatewayState";
    InvalidDhcpOptionIDNotFound, 400, "InvalidDhcpOptionID.NotFound";
    InvalidDhcpOptionsIdMalformed, 400, "InvalidDhcpOptionsId.Malformed";
    InvalidDhcpOptionsIDNotFound, 400, "InvalidDhcpOptionsID.NotFound";
    InvalidEgressOnlyInternetGatewayIdMalformed, 400, "InvalidEgressOnlyInternetGatewayId.Malformed";
    InvalidEgressOnlyInternetGatewayIdNotFound, 400, "InvalidEgressOnlyInternetGatewayId.NotFound";
    InvalidElasticGpuIDMalformed, 400, "InvalidElasticGpuID.Malformed";
    InvalidElasticGpuIDNotFound, 400, "InvalidElasticGpuID.NotFound";
    InvalidFilter, 400, "InvalidFilter";
    InvalidFlowLogIdNotFound, 400, "InvalidFlowLogId.NotFound";
    InvalidFormat, 400, "InvalidFormat";
    InvalidGatewayIDNotFound, 400, "InvalidGatewayID.NotFound";
    InvalidGroupDuplicate, 400, "InvalidGroup.Duplicate";
    InvalidGroupInUse, 400, "InvalidGroup.InUse";
    InvalidGroupNotFound, 400, "InvalidGroup.NotFound";
    InvalidGroupReserved, 400, "InvalidGroup.Reserved";
    InvalidGroupIdMalformed, 400, "InvalidGroupId.Malformed";
    InvalidHostConfiguration, 400, "InvalidHostConfiguration";
    InvalidHostId, 400, "InvalidHostId";
    InvalidHostIdMalformed, 400, "InvalidHostId.Malformed";
    InvalidHostIDMalformed, 400, "InvalidHostID.Malformed";
    InvalidHostIdNotFound, 400, "InvalidHostId.NotFound";
    InvalidHostIDNotFound, 400, "InvalidHostID.NotFound";
    InvalidHostState, 400, "InvalidHostState";
    InvalidIamInstanceProfileArnMalformed, 400, "InvalidIamInstanceProfileArn.Malformed";
    InvalidID, 400, "InvalidID";
    InvalidInput, 400, "InvalidInput";
    InvalidInstanceAttributeValue, 400, "InvalidInstanceAttributeValue";
    InvalidInstanceConnectEndpointIdMalformed, 400, "InvalidInstanceConnectEndpointId.Malformed";
    InvalidInstanceConnectEndpointIdNotFound, 400, "InvalidInstanceConnectEndpointId.NotFound";
    InvalidInstanceCreditSpecification, 400, "InvalidInstanceCreditSpecification";
    InvalidInstanceCreditSpecificationDuplicateInstanceId, 400, "InvalidInstanceCreditSpecification.DuplicateInstanceId";
    InvalidInstanceFamily, 400, "InvalidInstanceFamily";
    InvalidInstanceID, 400, "InvalidInstanceID";
    InvalidInstanceIDMalformed, 400, "InvalidInstanceID.Malformed";
    InvalidInstanceIDNotFound, 400, "InvalidInstanceID.NotFound";
    InvalidInstanceIDNotLinkable, 400, "InvalidInstanceID.NotLinkable";
    InvalidInstanceState, 400, "InvalidInstanceState";
    InvalidInstanceType, 400, "InvalidInstanceType";
    InvalidInterfaceIpAddressLimitExceeded, 400, "InvalidInterface.IpAddressLimitExceeded";
    InvalidInternetGatewayIdMalformed, 400, "InvalidInternetGatewayId.Malformed";
    InvalidInternetGatewayIDNotFound, 400, "InvalidInternetGatewayID.NotFound";
    InvalidIPAddressInUse, 400, "InvalidIPAddress.InUse";
    InvalidKernelIdMalformed, 400, "InvalidKernelId.Malformed";
    InvalidKeyFormat, 400, "InvalidKey.Format";
    InvalidKeyPairDuplicate, 400, "InvalidKeyPair.Duplicate";
    InvalidKeyPairFormat, 400, "InvalidKeyPair.Format";
    InvalidKeyPairNotFound, 400, "InvalidKeyPair.NotFound";
    InvalidLaunchTemplateIdMalformed, 400, "InvalidLaunchTemplateId.Malformed";
    InvalidLaunchTemplateIdNotFound, 400, "InvalidLaunchTemplateId.NotFound";
    InvalidLaunchTemplateIdVersionNotFound, 400, "InvalidLaunchTemplateId.VersionNotFound";
    InvalidLaunchTemplateNameAlreadyExistsException, 400, "InvalidLaunchTemplateName.AlreadyExistsException";
    InvalidLaunchTemplateNameMalformedException, 400, "InvalidLaunchTemplateName.MalformedException";
    InvalidLaunchTemplateNameNotFoundException, 400, "InvalidLaunchTemplateName.NotFoundException";
    InvalidManifest, 400, "InvalidManifest";
    InvalidMaxResults, 400, "InvalidMaxResults";
    InvalidNatGatewayIDNotFound, 400, "InvalidNatGatewayID.NotFound";
    InvalidNetworkAclEntryNotFound, 400, "InvalidNetworkAclEntry.NotFound";
    InvalidNetworkAclIdMalformed, 400, "InvalidNetworkAclId.Malformed";
    InvalidNetworkAclIDNotFound, 400, "InvalidNetworkAclID.NotFound";
    InvalidNetworkInterfaceInUse, 400, "InvalidNetworkInterface.InUse";
    InvalidNetworkInterfaceNotFound, 400, "InvalidNetworkInterface.NotFound";
    InvalidNetworkInterfaceAttachmentIdMalformed, 400, "InvalidNetworkInterfaceAttachmentId.Malformed";
    InvalidNetworkInterfaceIdMalformed, 400, "InvalidNetworkInterfaceId.Malformed";
    InvalidNetworkInterfaceIDNotFound, 400, "InvalidNetworkInterfaceID.NotFound";
    InvalidNetworkLoadBalancerArnMalformed, 400, "InvalidNetworkLoadBalancerArn.Malformed";
    InvalidNetworkLoadBalancerArnNotFound, 400, "InvalidNetworkLoadBalancerArn.NotFound";
    InvalidNextToken, 400, "InvalidNextToken";
    InvalidOptionConflict, 400, "InvalidOption.Conflict";
    InvalidPermissionDuplicate, 400, "InvalidPermission.Duplicate";
    InvalidPermissionMalformed, 400, "InvalidPermission.Malformed";
    InvalidPermissionNotFound, 400, "InvalidPermission.NotFound";
    InvalidPlacementGroupDuplicate, 400, "InvalidPlacementGroup.Duplicate";
    InvalidPlacementGroupInUse, 400, "InvalidPlacementGroup.InUse";
    InvalidPlacementGroupUnknown, 400, "InvalidPlacementGroup.Unknown";
    InvalidPlacementGroupIdMalformed, 400, "InvalidPlacementGroupId.Malformed";
    InvalidPolicyDocument, 400, "InvalidPolicyDocument";
    InvalidPrefixListIdMalformed, 400, "InvalidPrefixListId.Malformed";
    InvalidPrefixListIDNotFound, 400, "InvalidPrefixListID.NotFound";
    InvalidProductInfo, 400, "InvalidProductInfo";
    InvalidQuantity, 400, "InvalidQuantity";
    InvalidRamDiskIdMalformed, 400, "InvalidRamDiskId.Malformed";
    InvalidRegion, 400, "InvalidRegion";
    InvalidRequest, 400, "InvalidRequest";
    InvalidReservationIDMalformed, 400, "InvalidReservationID.Malformed";
    InvalidReservationIDNotFound, 400, "InvalidReservationID.NotFound";
    InvalidResourceTypeUnknown, 400, "InvalidResourceType.Unknown";
    InvalidRouteInvalidState, 400, "InvalidRoute.InvalidState";
    InvalidRouteMalformed, 400, "InvalidRoute.Malformed";
    InvalidRouteNotFound, 400, "InvalidRoute.NotFound";
    InvalidRouteTableIdMalformed, 400, "InvalidRouteTableId.Malformed";
    InvalidRouteTableIDNotFound, 400, "InvalidRouteTableID.NotFound";
    InvalidSecurityRequestHasExpired, 400, "InvalidSecurity.RequestHasExpired";
    InvalidSecurityGroupIdMalformed, 400, "InvalidSecurityGroupId.Malformed";
    InvalidSecurityGroupIDNotFound, 400, "InvalidSecurityGroupID.NotFound";
    InvalidSecurityGroupRuleIdMalformed, 400, "InvalidSecurityGroupRuleId.Malformed";
    InvalidSecurityGroupRuleIdNotFound, 400, "InvalidSecurityGroupRuleId.NotFound";
    InvalidServiceName, 400, "InvalidServiceName";
    InvalidSnapshotInUse, 400, "InvalidSnapshot.InUse";
    InvalidSnapshotNotFound, 400, "InvalidSnapshot.NotFound";
    InvalidSnapshotIDMalformed, 400, "InvalidSnapshotID.Malformed";
    InvalidSpotInstanceRequestIDMalformed, 400, "InvalidSpotInstanceRequestID.Malformed";
    InvalidSpotInstanceRequestIDNotFound, 400, "InvalidSpotInstanceRequestID.NotFound";
    InvalidState, 400, "InvalidState";
    InvalidStateTransition, 400, "InvalidStateTransition";
    InvalidSubnet, 400, "InvalidSubnet";
    InvalidSubnetConflict, 400, "InvalidSubnet.Conflict";
    InvalidSubnetRange, 400, "InvalidSubnet.Range";
    InvalidSubnetIDMalformed, 400, "InvalidSubnetID.Malformed";
    InvalidSubnetIdNotFound, 400, "InvalidSubnetId.NotFound";
    InvalidSubnetIDNotFound, 400, "InvalidSubnetID.NotFound";
    InvalidTagKeyMalformed, 400, "InvalidTagKey.Malformed";
    // Not on the page, but answered for launch templates.
    InvalidTagSpecificationMalformed, 400, "InvalidTagSpecification.Malformed";
    InvalidTargetArnUnknown, 400, "InvalidTargetArn.Unknown";
    InvalidTenancy, 400, "InvalidTenancy";
    InvalidTime, 400, "InvalidTime";
    InvalidUserDataMalformed, 400, "InvalidUserData.Malformed";
    InvalidUserIDMalformed, 400, "InvalidUserID.Malformed";
    InvalidVolumeNotFound, 400, "InvalidVolume.NotFound";
    InvalidVolumeZoneMismatch, 400, "InvalidVolume.ZoneMismatch";
    InvalidVolumeIDDuplicate, 400, "InvalidVolumeID.Duplicate";
    InvalidVolumeIDMalformed, 400, "InvalidVolumeID.Malformed";
    InvalidVolumeIDZoneMismatch, 400, "InvalidVolumeID.ZoneMismatch";
    InvalidVpcEndpointNotFound, 400, "InvalidVpcEndpoint.NotFound";
    InvalidVpcEndpointIdMalformed, 400, "InvalidVpcEndpointId.Malformed";
    InvalidVpcEndpointIdNotFound, 400, "InvalidVpcEndpointId.NotFound";
    InvalidVpcIDMalformed, 400, "InvalidVpcID.Malformed";
    InvalidVpcIDNotFound, 400, "InvalidVpcID.NotFound";
    InvalidVpcPeeringConnectionIdMalformed, 400, "InvalidVpcPeeringConnectionId.Malformed";
    InvalidVpcPeeringConnectionIDNotFound, 400, "InvalidVpcPeeringConnectionID.NotFound";
    InvalidVpcPeeringConnectionStateDnsHostnamesDisabled, 400, "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled";
    InvalidVpcState, 400, "InvalidVpcState";
    InvalidVpnConnectionID, 400, "InvalidVpnConnectionID";
    InvalidVpnConnectionIDNotFound, 400, "InvalidVpnConnectionID.NotFound";
    InvalidVpnGatewayAttachmentNotFound, 400, "InvalidVpnGatewayAttachment.NotFound";
    InvalidVpnGatewayIDNotFound, 400, "InvalidVpnGatewayID.NotFound";
    InvalidVpnGatewayState, 400, "InvalidVpnGatewayState";
    InvalidZoneNotFound, 400, "InvalidZone.NotFound";
    KeyPairLimitExceeded, 400, "KeyPairLimitExceeded";
    LegacySecurityGroup, 400, "LegacySecurityGroup";
    MaxIOPSLimitExceeded, 400, "MaxIOPSLimitExceeded";
    MaxTemplateLimitExceeded, 400, "MaxTemplateLimitExceeded";
    MaxTemplateVersionLimitExceeded, 400, "MaxTemplateVersionLimitExceeded";
    MissingInput, 400, "MissingInput";
    NatGatewayLimitExceeded, 400, "NatGatewayLimitExceeded";
    NatGatewayMalformed, 400, "NatGatewayMalformed";
    NatGatewayNotFound, 400, "NatGatewayNotFound";
    NetworkAclEntryAlreadyExists, 400, "NetworkAclEntryAlreadyExists";
    NetworkAclEntryLimitExceeded, 400, "NetworkAclEntryLimitExceeded";
    NetworkAclLimitExceeded, 400, "NetworkAclLimitExceeded";
    NetworkInterfaceLimitExceeded, 400, "NetworkInterfaceLimitExceeded";
    NetworkInterfaceNotSupported, 400, "NetworkInterfaceNotSupported";
    NonEBSInstance, 400, "NonEBSInstance";
    NoSuchVersion, 400, "NoSuchVersion";
    OperationNotPermitted, 400, "OperationNotPermitted";
    OutstandingVpcPeeringConnectionLimitExceeded, 400, "OutstandingVpcPeeringConnectionLimitExceeded";
    PendingVpcPeeringConnectionLimitExceeded, 400, "PendingVpcPeeringConnectionLimitExceeded";
    PlacementGroupLimitExceeded, 400, "PlacementGroupLimitExceeded";
    PrivateIpAddressLimitExceeded, 400, "PrivateIpAddressLimitExceeded";
    RequestResourceCountExceeded, 400, "RequestResourceCountExceeded";
    ReservationCapacityExceeded, 400, "ReservationCapacityExceeded";
    ResourceAlreadyAssigned, 400, "Resource.AlreadyAssigned";
    ResourceAlreadyAssociated, 400, "Resource.AlreadyAssociated";
    ResourceCountExceeded, 400, "ResourceCountExceeded";
    ResourceCountLimitExceeded, 400, "ResourceCountLimitExceeded";
    ResourceLimitExceeded, 400, "ResourceLimitExceeded";
    RetryableError, 400, "RetryableError";
    RouteAlreadyExists, 400, "RouteAlreadyExists";
    RouteLimitExceeded, 400, "RouteLimitExceeded";
    RouteTableLimitExceeded, 400, "RouteTableLimitExceeded";
    RulesPerSecurityGroupLimitExceeded, 400, "RulesPerSecurityGroupLimitExceeded";
    SecurityGroupLimitExceeded, 400, "SecurityGroupLimitExceeded";
    SecurityGroupsPerInstanceLimitExceeded, 400, "SecurityGroupsPerInstanceLimitExceeded";
    SecurityGroupsPerInterfaceLimitExceeded, 400, "SecurityGroupsPerInterfaceLimitExceeded";
    SignatureDoesNotMatch, 403, "SignatureDoesNotMatch";
    SubnetLimitExceeded, 400, "SubnetLimitExceeded";
    TagLimitExceeded, 400, "TagLimitExceeded";
    UnknownPrincipalTypeUnsupported, 400, "UnknownPrincipalType.Unsupported";
    UnknownVolumeType, 400, "UnknownVolumeType";
    Unsupported, 400, "Unsupported";
    UnsupportedException, 400, "UnsupportedException";
    UnsupportedHibernationConfiguration, 400, "UnsupportedHibernationConfiguration";
    UnsupportedHostConfiguration, 400, "UnsupportedHostConfiguration";
    UnsupportedTenancy, 400, "UnsupportedTenancy";
    VcpuLimitExceeded, 400, "VcpuLimitExceeded";
    VolumeInUse, 400, "VolumeInUse";
    VolumeIOPSLimit, 400, "VolumeIOPSLimit";
    VolumeLimitExceeded, 400, "VolumeLimitExceeded";
    VolumeTypeNotAvailableInZone, 400, "VolumeTypeNotAvailableInZone";
    VpcEndpointLimitExceeded, 400, "VpcEndpointLimitExceeded";
    VPCIdNotSpecified, 400, "VPCIdNotSpecified";
    VpcLimitExceeded, 400, "VpcLimitExceeded";
    VpcPeeringConnectionAlreadyExists, 400, "VpcPeeringConnectionAlreadyExists";
    VpcPeeringConnectionsPerVpcLimitExceeded, 400, "VpcPeeringConnectionsPerVpcLimitExceeded";
    VPCResourceNotSpecified, 400, "VPCResourceNotSpecified";
    VpnConnectionLimitExceeded, 400, "VpnConnectionLimitExceeded";
    VpnGatewayAttachmentLimitExceeded, 400, "VpnGatewayAttachmentLimitExceeded";
    VpnGatewayLimitExceeded, 400, "VpnGatewayLimitExceeded";
    ZonesMismatched, 400, "ZonesMismatched";

    // Not on the page (which spells InvalidVpc.Range without its dot); recorded from EC2 by clients (Terraform's provider, the VPC CNI, LocalStack's snapshots).
    CidrLimitExceeded, 400, "CidrLimitExceeded";
    ConcurrentMutationLimitExceeded, 400, "ConcurrentMutationLimitExceeded";
    InsufficientCidrBlocks, 400, "InsufficientCidrBlocks";
    InvalidAddressPtrSet, 400, "InvalidAddress.PtrSet";
    InvalidAssociationNotFound, 400, "InvalidAssociation.NotFound";
    InvalidCidrBlock, 400, "InvalidCidrBlock";
    InvalidElasticIpIDMalformed, 400, "InvalidElasticIpID.Malformed";
    InvalidCidrBlockInUse, 400, "InvalidCidrBlock.InUse";
    InvalidPrefixListIdNotFound, 400, "InvalidPrefixListId.NotFound";
    InvalidPrefixListModification, 400, "InvalidPrefixListModification";
    InvalidRouteTableIdNotFound, 400, "InvalidRouteTableId.NotFound";
    InvalidSubnetCidrBlockAssociationIDNotFound, 400, "InvalidSubnetCidrBlockAssociationID.NotFound";
    InvalidPublicIpv4PoolIDNotFound, 400, "InvalidPublicIpv4PoolID.NotFound";
    InvalidSubnetCidrReservationIDNotFound, 400, "InvalidSubnetCidrReservationID.NotFound";
    // EC2's page "Transfer an Elastic IP address between AWS accounts".
    InvalidTransferAddressAssociated, 400, "InvalidTransfer.AddressAssociated";
    InvalidTransferAddressCustomPtrSet, 400, "InvalidTransfer.AddressCustomPtrSet";
    InvalidVpcRange, 400, "InvalidVpc.Range";
    InvalidVpcIdMalformed, 400, "InvalidVpcId.Malformed";
    InvalidVpcCidrBlockAssociationIDNotFound, 400, "InvalidVpcCidrBlockAssociationID.NotFound";
    PrefixListMaxEntriesExceeded, 400, "PrefixListMaxEntriesExceeded";
    PrefixListVersionMismatch, 400, "PrefixListVersionMismatch";
    ResourceNotReady, 400, "ResourceNotReady";

    // Of resources that are not there; Terraform's AWS provider tells them apart, or EC2's page has them.
    InvalidClientVpnEndpointIdNotFound, 400, "InvalidClientVpnEndpointId.NotFound";
    InvalidConversionTaskId, 400, "InvalidConversionTaskId";
    InvalidExportTaskIDNotFound, 400, "InvalidExportTaskID.NotFound";
    InvalidFleetIdNotFound, 400, "InvalidFleetId.NotFound";
    InvalidIpamIdNotFound, 400, "InvalidIpamId.NotFound";
    InvalidIpamPoolIdNotFound, 400, "InvalidIpamPoolId.NotFound";
    InvalidIpamResourceDiscoveryAssociationIdNotFound, 400, "InvalidIpamResourceDiscoveryAssociationId.NotFound";
    InvalidIpamResourceDiscoveryIdNotFound, 400, "InvalidIpamResourceDiscoveryId.NotFound";
    InvalidIpamScopeIdNotFound, 400, "InvalidIpamScopeId.NotFound";
    InvalidNetworkInsightsAnalysisIdNotFound, 400, "InvalidNetworkInsightsAnalysisId.NotFound";
    InvalidNetworkInsightsPathIdNotFound, 400, "InvalidNetworkInsightsPathId.NotFound";
    InvalidPoolIDNotFound, 400, "InvalidPoolID.NotFound";
    InvalidReservedInstancesId, 400, "InvalidReservedInstancesId";
    InvalidReservedInstancesOfferingId, 400, "InvalidReservedInstancesOfferingId";
    InvalidSpotFleetRequestIdNotFound, 400, "InvalidSpotFleetRequestId.NotFound";
    InvalidTrafficMirrorFilterIdNotFound, 400, "InvalidTrafficMirrorFilterId.NotFound";
    InvalidTrafficMirrorFilterRuleIdNotFound, 400, "InvalidTrafficMirrorFilterRuleId.NotFound";
    InvalidTrafficMirrorSessionIdNotFound, 400, "InvalidTrafficMirrorSessionId.NotFound";
    InvalidTrafficMirrorTargetIdNotFound, 400, "InvalidTrafficMirrorTargetId.NotFound";
    InvalidTransitGatewayAttachmentIDNotFound, 400, "InvalidTransitGatewayAttachmentID.NotFound";
    InvalidTransitGatewayConnectPeerIDNotFound, 400, "InvalidTransitGatewayConnectPeerID.NotFound";
    InvalidTransitGatewayIDNotFound, 400, "InvalidTransitGatewayID.NotFound";
    InvalidTransitGatewayMulticastDomainIdNotFound, 400, "InvalidTransitGatewayMulticastDomainId.NotFound";
    InvalidTransitGatewayPolicyTableIdNotFound, 400, "InvalidTransitGatewayPolicyTableId.NotFound";
    InvalidVerifiedAccessEndpointIdNotFound, 400, "InvalidVerifiedAccessEndpointId.NotFound";
    InvalidVerifiedAccessGroupIdNotFound, 400, "InvalidVerifiedAccessGroupId.NotFound";
    InvalidVerifiedAccessInstanceIdNotFound, 400, "InvalidVerifiedAccessInstanceId.NotFound";
    InvalidVerifiedAccessTrustProviderIdNotFound, 400, "InvalidVerifiedAccessTrustProviderId.NotFound";
    InvalidVpcEndpointServiceIdNotFound, 400, "InvalidVpcEndpointServiceId.NotFound";

    // The server's own trouble.
    BandwidthLimitExceeded, 500, "BandwidthLimitExceeded";
    InsufficientAddressCapacity, 500, "InsufficientAddressCapacity";
    InsufficientCapacity, 500, "InsufficientCapacity";
    InsufficientHostCapacity, 500, "InsufficientHostCapacity";
    InsufficientInstanceCapacity, 500, "InsufficientInstanceCapacity";
    InsufficientReservedInstanceCapacity, 500, "InsufficientReservedInstanceCapacity";
    InsufficientVolumeCapacity, 500, "InsufficientVolumeCapacity";
    InternalError, 500, "InternalError";
    InternalFailure, 500, "InternalFailure";
    RequestLimitExceeded, 503, "RequestLimitExceeded";
    ServerInternal, 500, "ServerInternal";
    ServiceUnavailable, 503, "ServiceUnavailable";
    Unavailable, 503, "Unavailable";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a failed call answers: a code and words for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What programs branch on.
    pub code: ErrorCode,
    /// What people read; some clients match on it too, so EC2's words are kept where they are known.
    pub message: String,
    /// The status, where it is not that of the code.
    own_status: Option<u16>,
}

impl ApiError {
    /// An error with this code and message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        ApiError { code, message: message.into(), own_status: None }
    }

    /// `AuthFailure` of an operation on what is not the caller's to change. EC2 answers it with the status of a bad request, and
    /// only a request whose signature it cannot validate with that of the code.
    pub fn not_permitted(message: impl Into<String>) -> Self {
        ApiError { own_status: Some(400), ..ApiError::new(ErrorCode::AuthFailure, message) }
    }

    /// `MissingParameter` in EC2's words. `parameter` is the wire name.
    pub fn missing_parameter(parameter: impl fmt::Display) -> Self {
        let message = format!("The request must contain the parameter {parameter}");
        ApiError::new(ErrorCode::MissingParameter, message)
    }

    /// `InvalidParameterValue` in EC2's usual words: "Value (x) for parameter p is invalid. Why."
    pub fn invalid_value(value: impl fmt::Display, parameter: impl fmt::Display, why: &str) -> Self {
        let message = format!("Value ({value}) for parameter {parameter} is invalid. {why}");
        ApiError::new(ErrorCode::InvalidParameterValue, message)
    }

    /// The HTTP status to answer with.
    pub const fn status(&self) -> u16 {
        match self.own_status {
            Some(status) => status,
            None => self.code.status(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_code_is_in_the_table_once_and_its_variant_is_the_code_without_dots() {
        let mut seen = HashSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            assert_eq!(format!("{code:?}"), code.as_str().replace('.', ""));
        }
    }

    #[test]
    fn statuses_are_those_clients_branch_on() {
        assert_eq!(ErrorCode::DryRunOperation.status(), 412);
        assert_eq!(ErrorCode::AuthFailure.status(), 401);
        assert_eq!(ErrorCode::UnauthorizedOperation.status(), 403);
        assert_eq!(ErrorCode::RequestLimitExceeded.status(), 503);
        assert_eq!(ErrorCode::InvalidVpcIDNotFound.status(), 400);
        assert_eq!(ErrorCode::InternalError.status(), 500);
    }
}
