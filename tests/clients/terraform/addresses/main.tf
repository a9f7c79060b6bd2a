# Interfaces, with each way to say what addresses they have, and the instances that they are on.
variable "step" {
  type    = number
  default = 0
}

variable "public_key" {
  type    = string
  default = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5kFVRdQjoYQGcdKJyOe7dGFoPYaKjLqzR0GPd1ZXbM test"
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.60.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  vpc_id          = aws_vpc.main.id
  cidr_block      = "10.60.0.0/24"
  ipv6_cidr_block = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 0)
}

# For addresses that EC2 chooses: it could choose those that are named below.
resource "aws_subnet" "chosen" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.60.1.0/24"
  availability_zone = aws_subnet.main.availability_zone
  ipv6_cidr_block   = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 1)
}

resource "aws_route" "out" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_security_group" "ping" {
  name   = "ping"
  vpc_id = aws_vpc.main.id
  ingress {
    protocol    = "icmp"
    from_port   = 8
    to_port     = -1
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_key_pair" "own" {
  key_name   = "own"
  public_key = var.public_key
}

resource "aws_network_interface" "listed" {
  subnet_id = aws_subnet.main.id
  # The provider makes the last of the first two the primary address, and keeps the interface only with it.
  private_ips       = var.step == 0 ? ["10.60.0.10", "10.60.0.11"] : ["10.60.0.11", "10.60.0.12", "10.60.0.13"]
  ipv6_addresses    = [cidrhost(aws_subnet.main.ipv6_cidr_block, 16), cidrhost(aws_subnet.main.ipv6_cidr_block, var.step == 0 ? 17 : 18)]
  security_groups   = [aws_security_group.ping.id]
  source_dest_check = var.step == 0
  description       = "By address"
}

resource "aws_network_interface" "counted" {
  subnet_id          = aws_subnet.chosen.id
  private_ips_count  = var.step == 0 ? 3 : 1
  ipv6_address_count = var.step == 0 ? 1 : 3
}

resource "aws_network_interface" "ordered" {
  subnet_id               = aws_subnet.main.id
  private_ip_list_enabled = true
  private_ip_list         = var.step == 0 ? ["10.60.0.23", "10.60.0.21", "10.60.0.22"] : ["10.60.0.23", "10.60.0.22", "10.60.0.21", "10.60.0.24"]
}

resource "aws_network_interface" "prefixes_listed" {
  subnet_id     = aws_subnet.main.id
  private_ips   = ["10.60.0.40"]
  ipv4_prefixes = var.step == 0 ? ["10.60.0.64/28"] : ["10.60.0.80/28", "10.60.0.96/28"]
  ipv6_prefixes = [cidrsubnet(aws_subnet.main.ipv6_cidr_block, 16, var.step == 0 ? 1 : 2)]
}

resource "aws_network_interface" "prefixes_counted" {
  subnet_id         = aws_subnet.chosen.id
  ipv4_prefix_count = var.step == 0 ? 1 : 2
  ipv6_prefix_count = var.step == 0 ? 2 : 1
}

resource "aws_instance" "first" {
  ami                    = data.aws_ami.linux.id
  instance_type          = var.step == 0 ? "t3.medium" : "m5.large"
  key_name               = aws_key_pair.own.key_name
  subnet_id              = aws_subnet.main.id
  vpc_security_group_ids = [aws_security_group.ping.id]
  private_ip             = "10.60.0.30"
  secondary_private_ips  = var.step == 0 ? ["10.60.0.31", "10.60.0.32"] : ["10.60.0.32", "10.60.0.33"]
  ipv6_address_count     = 1
  source_dest_check      = var.step == 0
  user_data              = <<-SH
    #!/bin/sh
    for last in 31 32 33; do ip address add 10.60.0.$last/32 dev eth0; done
  SH
  metadata_options { http_tokens = "required" }
  root_block_device {
    volume_size = 9
    volume_type = "gp3"
    tags        = { Name = "root" }
  }
  tags = { Name = "first", step = var.step }
}

resource "aws_launch_template" "second" {
  name_prefix   = "second-"
  image_id      = data.aws_ami.linux.id
  instance_type = "t3.small"
  network_interfaces {
    device_index          = 0
    subnet_id             = aws_subnet.chosen.id
    security_groups       = [aws_security_group.ping.id]
    ipv4_address_count    = 2
    delete_on_termination = true
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "second" }
  }
  update_default_version = true
  description            = "Step ${var.step}"
}

resource "aws_instance" "second" {
  launch_template {
    id      = aws_launch_template.second.id
    version = 1
  }
  # The provider takes the template's tags for strange unless they are the instance's own too.
  tags = { Name = "second" }
}

resource "aws_network_interface_attachment" "listed" {
  instance_id          = aws_instance.second.id
  network_interface_id = aws_network_interface.listed.id
  device_index         = 1
}

resource "aws_network_interface_sg_attachment" "ping" {
  security_group_id    = aws_security_group.ping.id
  network_interface_id = aws_network_interface.counted.id
}

resource "aws_ec2_instance_state" "second" {
  instance_id = aws_instance.second.id
  state       = var.step == 0 ? "running" : "stopped"
}

output "interfaces" {
  value = {
    listed           = aws_network_interface.listed.id
    counted          = aws_network_interface.counted.id
    ordered          = aws_network_interface.ordered.id
    prefixes_listed  = aws_network_interface.prefixes_listed.id
    prefixes_counted = aws_network_interface.prefixes_counted.id
    first            = aws_instance.first.primary_network_interface_id
  }
}
